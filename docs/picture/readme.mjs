// Draws the README's picture, docs/reply.png: two questions, and the messages that the program gives for them.
// Usage: node readme.mjs [PROGRAM]

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const QUESTIONS = ['What are the side effects of LDN?', 'Can I have a glass of wine with LDN?'];

const root = join(import.meta.dirname, '..', '..');
const program = process.argv[2] ?? join(root, 'target', 'release', 'verbatim');
const exchange = (question) => ({
	ask: { user: 'maren', text: `@Verbatim ${question}` },
	message: JSON.parse(execFileSync(program, ['ask', '--card', question], { cwd: root, encoding: 'utf8' })),
});

const folder = mkdtempSync(join(tmpdir(), 'verbatim-picture-'));
try {
	const messages = join(folder, 'messages.json');
	writeFileSync(messages, JSON.stringify(QUESTIONS.map(exchange)));
	const draw = ['draw.mjs', messages, join(root, 'docs', 'reply.png')];
	execFileSync(process.execPath, draw, { cwd: import.meta.dirname, stdio: 'inherit' });
} finally {
	rmSync(folder, { recursive: true });
}
