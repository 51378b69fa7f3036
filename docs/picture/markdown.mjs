// Discord's markup as HTML. `discord-markdown-parser` does the parsing; three of its rules are mended here.
//
// The HTML is plain elements, styled by page.css, not the look-alike library's <discord-bold> and the like:
// their templates put spaces around what they hold, so that "(**x**)" would show as "( x )". A line end stays a
// line end (`white-space: break-spaces`), as in Discord's own client.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Both are CommonJS.
const require = createRequire(import.meta.url);
const { SimpleMarkdown, rules, rulesExtended } = require('discord-markdown-parser');
const twemoji = require('@discordapp/twemoji');

const LIST = /^( *)([*-]|\d+\.) [\s\S]+?(?:\n(?! )(?!\1(?:[*-]|\d+\.) )\n*|\s*$)/;
const startsLine = (before) => /(?:^|\n) *$/.test(before);

/** The parser finds headings and subtext after a line end, but not after a quote, which takes the line end. */
const onLineStart = (rule) => ({
	...rule,
	match: (source, _, before) => (startsLine(before) ? rule.match(source, { prevCapture: null }) : null)
});
const mended = {
	heading: onLineStart(rules.heading),
	subtext: onLineStart(rules.subtext),
	// The parser has no lists; its foundation has, but ends them only at an empty line.
	list: {
		...SimpleMarkdown.defaultRules.list,
		match: (source, _, before) => (startsLine(before) ? LIST.exec(source) : null)
	}
};

const INLINE = 'escape em strong underline strikethrough inlineCode twemoji br text';
const parserOf = (some) => SimpleMarkdown.parserFor(some, { inline: true });
const parsers = {
	// Embeds also have masked links.
	embed: parserOf({ ...rulesExtended, ...mended }),
	message: parserOf({ ...rules, ...mended }),
	// Titles, and the names of fields: no links and no blocks.
	title: parserOf(pick(rules, INLINE)),
	// A message in short, over the reply to it.
	excerpt: parserOf(pick(rules, `${INLINE} user slashCommand`)),
	// Footers: emoji only.
	plain: parserOf(pick(rules, 'twemoji br text'))
};

/** `text` as HTML, read as one of `embed`, `message`, `title`, `excerpt`, `plain`. */
export function markup(text, kind) {
	return html(parsers[kind](text));
}

/** A text to stand in HTML, also between double quotes. */
export function escaped(text) {
	const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
	return String(text).replace(/[&<>"]/g, (letter) => entities[letter]);
}

/** Address of the picture that Discord shows for an emoji, or `undefined` where it has none. */
export function emojiPicture(emoji) {
	let picture;
	const callback = (icon) => {
		const file = require.resolve(`@discordapp/twemoji/dist/svg/${icon}.svg`);
		picture = `data:image/svg+xml;base64,${readFileSync(file).toString('base64')}`;
		return picture;
	};
	twemoji.parse(emoji, { callback });
	return picture;
}

function pick(from, names) {
	return Object.fromEntries(names.split(' ').map((name) => [name, from[name]]));
}

const html = (nodes) => nodes.map((node) => draw(node)).join('');
const within = (tag) => (node) => `<${tag}>${html(node.content)}</${tag}>`;
const link = (node) => `<a href="${escaped(node.target)}">${html(node.content)}</a>`;
const mention = (text) => `<span class="mention">${escaped(text)}</span>`;

const drawings = {
	text: (node) => escaped(node.content),
	br: () => '\n',
	em: within('em'),
	strong: within('strong'),
	underline: within('u'),
	strikethrough: within('s'),
	inlineCode: (node) => `<code>${escaped(node.content)}</code>`,
	link,
	url: link,
	autolink: link,
	blockQuote: (node) => `<div class="quote"><div></div><blockquote>${html(node.content)}</blockquote></div>`,
	heading: (node) => `<h${node.level}>${html(node.content)}</h${node.level}>`,
	subtext: within('small'),
	list(node) {
		const items = node.items.map((item) => `<li>${html(item)}</li>`).join('');
		return node.ordered ? `<ol start="${node.start}">${items}</ol>` : `<ul>${items}</ul>`;
	},
	twemoji(node) {
		const picture = emojiPicture(node.name);
		return picture ? `<img class="emoji" alt="${escaped(node.name)}" src="${picture}">` : escaped(node.name);
	},
	// The only one whom a picture's messages can mention is the bot.
	user: () => mention('@Verbatim'),
	slashCommand: (node) => mention(`/${node.name}`)
};

function draw(node) {
	const drawing = drawings[node.type];
	if (!drawing) throw new Error(`markup of the kind "${node.type}" is not drawn`);
	return drawing(node);
}
