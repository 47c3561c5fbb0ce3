/** Where the mouse was, as something a menu can open at. */
import type { ComponentPropsWithRef } from "react";

interface PointerAnchorProps extends ComponentPropsWithRef<"button"> {
  readonly x: number;
  readonly y: number;
}

export function PointerAnchor({ x, y, style, ...others }: PointerAnchorProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      {...others}
      style={{
        ...style,
        position: "fixed",
        left: x,
        top: y,
        width: 1,
        height: 1,
        padding: 0,
        border: 0,
        opacity: 0,
      }}
    />
  );
}
