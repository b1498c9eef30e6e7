import type { Json } from '../../../lib/json.js';
import type { Access, IncomingMessage, Opened, Outcome, Poll, PollPage, Wrapped } from '../../contract.js';
import { failure } from '../http.js';
import { openAs2 } from './as2/open.js';
import { readSftp } from './sftp/read.js';
import type { TransportAccess } from './transport.js';

/** Reading what a partner lays down where its setting `transport` says: only SFTP is looked at, the others send by themselves or are folders that are watched. */
export const pollTransport: Poll<TransportAccess> = {
  everySeconds({ transport }) {
    return transport?.kind === 'sftp' && transport.in !== undefined ? transport.everySeconds : null;
  },
  lacks({ transport }) {
    if (transport?.kind === 'sftp' && transport.in !== undefined) return null;
    return 'A watched folder is read by itself, and so is what is sent to this connection; nothing is to be polled. To read from a server, set transport to {"kind":"sftp",…,"in":"/outbox"}.';
  },
  async read(access: Access<TransportAccess>, cursor: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
    const { transport } = access.settings;
    if (transport?.kind !== 'sftp' || transport.in === undefined) return failure('invalid', 'The setting transport names no folder of a server to read from: it takes {"kind":"sftp",…,"in":"/outbox"}.', '');
    return readSftp(access, { ...transport, in: transport.in, after: access.readOnly === true ? 'leave' : transport.after }, cursor, timeoutMs);
  },
};

/** Messages by AS2, where the setting `transport` is that. */
export const wrappedTransport: Wrapped<TransportAccess> = {
  contentTypes: ['application/pkcs7-mime', 'application/x-pkcs7-mime', 'multipart/signed', 'multipart/report'],
  open(message: IncomingMessage, { settings: { transport }, secrets }): Opened {
    return transport?.kind === 'as2' ? openAs2(message, transport, { secrets }) : { ok: false, why: 'The setting transport is not AS2.', reply: null };
  },
};
