/** The mark: three rows, the middle one held. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#12303a" />
      <path d="M7 10h18M7 22h18" stroke="#4d7783" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M7 16h11" stroke="#3ccbbb" strokeWidth="3.4" strokeLinecap="round" />
      <path d="M22 12.5v7M25.5 12.5v7" stroke="#3ccbbb" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
