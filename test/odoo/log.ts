/** Start of a log line of Odoo, up to its level. */
const lineStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?<level>[A-Z]+) (?<database>\S+) (?<logger>\S+): /;
const loud = new Set(['WARNING', 'ERROR', 'CRITICAL']);

/** What Odoo itself says on a sound installation, with the reason why it is none of ours. */
const known: ReadonlyArray<{ pattern: RegExp; because: string }> = [
  { pattern: /odoo\.addons\.base\.models\.ir_module: docutils' system message present/, because: 'the README of some addon of Odoo is no sound reStructuredText' },
  { pattern: /odoo\.tools\.config: .*(limit_time|addons-path|data-dir|wkhtmltopdf|without-demo)/, because: 'settings of this run' },
  { pattern: /odoo\.addons\.base\.models\.ir_actions_report: .*wkhtmltopdf/, because: 'no printing here' },
  { pattern: /odoo\.addons\.base\.models\.res_currency|odoo\.addons\.base\.models\.ir_mail_server/, because: 'no mail server here' },
  { pattern: /odoo\.addons\.rpc\.controllers\.jsonrpc: /, because: 'this test speaks the way that all three series know' },
  { pattern: /odoo\.service\.server: Thread .* virtual real time limit/, because: 'a long poll of the cron thread' },
];

/** Lines of level WARNING and above that are not in the list of known ones, each with the lines that follow it. */
export function complaintsOf(output: string): string[] {
  const entries: Array<{ head: RegExpExecArray | null; text: string }> = [];
  for (const line of output.split('\n')) {
    const head = lineStart.exec(line);
    if (head !== null || entries.length === 0) entries.push({ head, text: line });
    else entries.at(-1)!.text += `\n${line}`;
  }
  return entries
    .filter(({ head, text }) => (head !== null && loud.has(head.groups!['level']!)) || (head === null && text.includes('Traceback')))
    .filter(({ text }) => !known.some(({ pattern }) => pattern.test(text.split('\n')[0]!)))
    .map(({ text }) => text.split('\n').slice(0, 25).join('\n'));
}
