// Draws a picture of messages: see README.md.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { messages } from './page.mjs';

const USAGE = 'usage: node draw.mjs [--narrow] [--browser FILE] MESSAGES.json PICTURE.png';
// Widths of a channel: beside the lists in the desktop client, and on a phone.
const WIDE = 700;
const NARROW = 360;
// The picture comes from the JSON alone: nothing is to be fetched, or kept from one time to the next.
const QUIET = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

const options = { narrow: { type: 'boolean' }, browser: { type: 'string', default: '/usr/bin/chromium' } };

try {
	const { values, positionals } = parseArgs({ options, allowPositionals: true });
	if (positionals.length !== 2) throw new Error(USAGE);
	const [from, to] = positionals;
	await photograph(await page(await read(from)), to, values);
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}

/** The HTML of the messages in a file. */
async function read(file) {
	const text = await readFile(file, 'utf8');
	try {
		return messages(JSON.parse(text));
	} catch (error) {
		throw new Error(`${file}: ${error.message}`);
	}
}

/** The page with everything in it: components, styles, fonts, pictures. */
async function page(body) {
	const { outputFiles } = await build({
		entryPoints: [fileURLToPath(new URL('browser.mjs', import.meta.url))],
		outdir: '.',
		bundle: true,
		write: false,
		minify: true,
		charset: 'utf8',
		loader: { '.woff2': 'dataurl' },
		logLevel: 'error'
	});
	const [script, css] = ['.js', '.css'].map((end) => outputFiles.find(({ path }) => path.endsWith(end)).text);
	// The name by which the components look for it.
	const style = css.replaceAll('Noto Sans Variable', 'Noto Sans');
	// A script's text may not hold the tag that ends it.
	const code = script.replaceAll('</script', '<\\/script');
	return `<!doctype html><meta charset="utf-8"><style>${style}</style><script>${code}</script><body>${body}`;
}

async function photograph(html, file, { narrow, browser }) {
	const chrome = await chromium.launch({ executablePath: browser, headless: true, args: QUIET });
	try {
		const width = narrow ? NARROW : WIDE;
		const context = await chrome.newContext({ viewport: { width, height: 800 }, deviceScaleFactor: 2, offline: true });
		const tab = await context.newPage();
		const faults = [];
		tab.on('pageerror', (error) => faults.push(error.message));
		await tab.route('**', (route) => {
			faults.push(`the page asked for ${route.request().url()}`);
			return route.abort();
		});
		await tab.setContent(html);
		await tab.evaluate(() => document.fonts.ready);
		await tab.locator('discord-messages').screenshot({ path: file, animations: 'disabled' });
		if (faults.length > 0) throw new Error(faults.join('\n'));
	} finally {
		await chrome.close();
	}
}
