import { z } from 'zod';

const path = z.string().min(1).max(1_000).refine((text) => !/[\u0000-\u001f]/.test(text), 'must be a path');
/** As `ssh-keygen -l` prints it: SHA-256 of the key, in base64 without padding. */
const fingerprint = z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a fingerprint as ssh-keygen -l prints it, e.g. SHA256:… with 43 characters');

export const sftpTransport = z.strictObject({
  kind: z.literal('sftp'),
  host: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$|^[0-9A-Fa-f:.]{2,45}$/, 'must be a name or an address, without a port'),
  port: z.int().min(1).max(65_535).default(22),
  user: z.string().min(1).max(200),
  /** The server's keys; two while it changes. A server that shows another one is not spoken to. */
  hostKey: z.union([fingerprint, z.array(fingerprint).min(1).max(4)]),
  /** Folder there into which our files go. */
  out: path.optional(),
  /** Folder there from which files are read. */
  in: path.optional(),
  everySeconds: z.int().min(5).max(86_400).default(60),
  /** How a file tells that it is whole. `unchanged`: size and time stayed the same for `restSeconds`. `marker`: a second file of its name and `marker` lies beside it. `rename`: the sender renames it when it is whole. */
  whole: z.enum(['unchanged', 'marker', 'rename']).default('unchanged'),
  restSeconds: z.int().min(0).max(3_600).default(10),
  marker: z.string().regex(/^[A-Za-z0-9._-]{1,20}$/).default('.done'),
  /** What becomes of a file that is kept here: it goes to `archive`, or away, or stays. */
  after: z.enum(['archive', 'delete', 'leave']).default('archive'),
  archive: path.default('archive'),
  /** Which files are the same one: those of equal content; of equal name, too; or of equal name and time, too. */
  same: z.enum(['content', 'name', 'time']).default('name'),
});

export type SftpTransport = z.infer<typeof sftpTransport>;

/** Settings of their own, so that they are encrypted. */
export const sftpSecrets = {
  sftpPassword: z.string().min(1).max(1_000).meta({ secret: true, title: 'SFTP password', description: 'Where the server asks for one.' }).optional(),
  sftpKey: z.string().min(1).max(20_000).meta({ secret: true, title: 'SFTP key', description: 'Private key in OpenSSH or PEM form, where the server asks for one.' }).optional(),
  sftpKeyPassphrase: z.string().min(1).max(1_000).meta({ secret: true, title: 'Passphrase of the SFTP key', description: 'Where the key is encrypted.' }).optional(),
};
