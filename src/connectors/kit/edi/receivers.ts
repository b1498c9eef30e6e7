import { z } from 'zod';

/** `erp/7`: a customer by the Odoo connection and Odoo's id. */
const receiver = /^([a-z0-9][a-z0-9-]{0,62})\/(\d{1,15})$/;

function namesOf(text: string): string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

/** Setting of every connection over which ship notices go. */
export const noticeSettings = {
  shipNoticesTo: z.string().max(2_000).refine((text) => namesOf(text).length > 0 && namesOf(text).every((name) => receiver.test(name)), 'must be customers by their Odoo connection and id there, e.g. erp/7, erp/9').optional()
    .meta({ title: 'Ship notices for', description: 'Customers of Odoo whose deliveries are told to this partner when they are done, up to seven days later: the Odoo connection and the id of the company there, e.g. erp/7, erp/9. Otherwise people tell them.' }),
};

/** Customers that are told by themselves, by their Odoo connection and id; empty where none are. */
export function noticeReceivers({ shipNoticesTo = '' }: { shipNoticesTo?: string | undefined }): Array<{ connection: string; id: string }> {
  return namesOf(shipNoticesTo).flatMap((name) => {
    const [, connection, id] = receiver.exec(name) ?? [];
    return connection === undefined || id === undefined ? [] : [{ connection, id }];
  });
}
