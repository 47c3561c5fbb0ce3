/** Times as people read them, the same on every page: the reader's own language and zone, 24 hours. */

const DAY_AND_TIME = new Intl.DateTimeFormat([], {
  dateStyle: "medium",
  timeStyle: "medium",
  hourCycle: "h23",
});
const TIME = new Intl.DateTimeFormat([], { timeStyle: "medium", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat([], { dateStyle: "full" });

type Time = string | number;

export function dayAndTime(at: Time): string {
  return DAY_AND_TIME.format(new Date(at));
}

export function timeOfDay(at: Time): string {
  return TIME.format(new Date(at));
}

export function day(at: Time): string {
  return DAY.format(new Date(at));
}
