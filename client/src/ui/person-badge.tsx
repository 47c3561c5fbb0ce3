/** A person as a small coloured disc; the name is in the tooltip and for screen readers. */
import { Tooltip } from "@mantine/core";
import { initials, personColor } from "@/lib/person-color";
import classes from "./person-badge.module.css";

interface PersonBadgeProps {
  readonly name: string;
  readonly label?: string;
  readonly small?: boolean;
  /** Whether the label shows under the mouse. */
  readonly hint?: boolean;
}

export function PersonBadge({ name, label = name, small = false, hint = true }: PersonBadgeProps) {
  const { fill, ink } = personColor(name);
  return (
    <Tooltip label={label} openDelay={200} disabled={!hint}>
      <span
        role="img"
        aria-label={label}
        className={classes.badge}
        data-small={small || undefined}
        style={{ background: fill, color: ink }}
      >
        {initials(name)}
      </span>
    </Tooltip>
  );
}
