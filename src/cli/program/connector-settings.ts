import { z } from 'zod';
import { connectorOf, settingsSchema } from '../../connectors/registry.js';

interface Property {
  type?: string;
  title?: string;
  description?: string;
  enum?: readonly unknown[];
  secret?: boolean;
}

/** The settings of a connector, for its help text: a line for each, those that it must have first. Empty where there is no such connector. */
export function settingsHelp(name: string | undefined): string {
  const connector = name === undefined ? undefined : connectorOf(name);
  if (connector === undefined) return '';
  const { properties = {}, required = [] } = z.toJSONSchema(settingsSchema(connector), { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, Property>; required?: string[] };
  const names = Object.keys(properties).sort((a, b) => Number(required.includes(b)) - Number(required.includes(a)));
  const width = Math.max(...names.map((each) => each.length));
  const lines = names.map((each) => {
    const { title, description, enum: choices, secret } = properties[each]!;
    const marks = [required.includes(each) ? 'needed' : null, secret === true ? 'secret' : null, choices === undefined ? null : choices.join(' | ')].filter((mark) => mark !== null);
    return `  ${each.padEnd(width)}  ${[title, description].filter((text) => text !== undefined).join(': ')}${marks.length === 0 ? '' : ` [${marks.join(', ')}]`}`;
  });
  return `\nSettings of ${name} (${connector.label}), each with --set <key>=<value>:\n${lines.join('\n')}\nDocumentation: ${connector.documentation}`;
}
