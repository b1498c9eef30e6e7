/** Elements 373 and 337 of an instant; element 623 beside them is UT. */
export function utcTime(instant: string): { date: string; time: string } {
  const iso = new Date(Date.parse(instant)).toISOString();
  return { date: iso.slice(0, 10).replaceAll('-', ''), time: iso.slice(11, 16).replace(':', '') };
}
