/** What a cell was and what it became, as people read it: struck out, an arrow, new. */
interface FromToProps {
  /** Null where there was no cell. */
  readonly from: string | null;
  /** Null where there is none any more. */
  readonly to: string | null;
}

export function FromTo({ from, to }: FromToProps) {
  const said = from !== null && from !== "";
  return (
    <>
      {said && <del>{from}</del>}
      {said && to !== null && <span aria-hidden> → </span>}
      {to !== null && (to === "" ? <em>empty</em> : <ins>{to}</ins>)}
    </>
  );
}
