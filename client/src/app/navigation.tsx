/** Where one can go: a rail at the side, a bar at the bottom on a phone. */
import { IconChartLine, IconHistory, IconLifebuoy, IconTable } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import classes from "./navigation.module.css";

const PLACES = [
  { to: "/", label: "Table", Icon: IconTable },
  { to: "/numbers", label: "Numbers", Icon: IconChartLine },
  { to: "/history", label: "History", Icon: IconHistory },
  { to: "/recovery", label: "Recovery", Icon: IconLifebuoy },
] as const;

export function Navigation() {
  return (
    <nav className={classes.navigation} aria-label="Pages">
      {PLACES.map(({ to, label, Icon }) => (
        <Link key={to} to={to} className={classes.place} activeOptions={{ exact: to === "/" }}>
          <Icon size={21} stroke={1.7} aria-hidden />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );
}
