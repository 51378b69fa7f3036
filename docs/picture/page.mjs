// Messages as Discord's API takes them, drawn as elements of `@skyra/discord-components-core`.
//
// What has no drawing here is an error, so that no part of a message can be left out of the picture unseen.

import { emojiPicture, escaped, markup } from './markdown.mjs';

const EPHEMERAL = 1 << 6;
// Never shown: whom a message may ping, and what a button says to the bot.
const UNSEEN = 'allowed_mentions custom_id type';
const BUTTON = 2;
const STYLES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'destructive', 5: 'secondary' };
const TIME = 'Today at 12:00';
const PERSON = '<circle cx="20" cy="16" r="7"/><path d="M6 37c0-9 6-13 14-13s14 4 14 13z"/>';
const QUOTATION = '<path d="M9 22c0-6 3-10 8-12l1 3c-3 1-4 3-4 5h4v9H9zm13 0c0-6 3-10 8-12l1 3c-3 1-4 3-4 5h4v9h-9z"/>';

/** The HTML of a list of `{ ask, message }`. */
export function messages(list) {
	return element('discord-messages', {}, list.map(exchange));
}

function exchange({ ask, message }) {
	known('a question', ask, 'user command text');
	const asker = { author: ask.user ?? 'sam', avatar: avatar('#7a869a', PERSON) };
	if (ask.command) {
		// Discord shows its own sign instead of the slash.
		const command = ask.command.replace(/^\//, '');
		const used = element('discord-command', { slot: 'reply', type: 'slash_command', ...asker, command });
		return answer(message, used);
	}
	const asked = element('discord-message', { ...asker, timestamp: TIME }, marked(ask.text, 'message'));
	const excerpt = element('span', { class: 'markup excerpt' }, markup(ask.text, 'excerpt'));
	return asked + answer(message, element('discord-reply', { slot: 'reply', ...asker }, excerpt));
}

function answer(message, above) {
	known('a message', message, `content embeds components flags ${UNSEEN}`);
	const ephemeral = Boolean(message.flags & EPHEMERAL);
	const author = { author: 'Verbatim', avatar: avatar('#2a7fa8', QUOTATION), bot: true, ephemeral, timestamp: TIME };
	const content = message.content && marked(message.content, 'message');
	const rows = message.components?.length && element('div', { slot: 'components' }, message.components.map(row));
	return element('discord-message', author, [above, content, ...(message.embeds ?? []).map(embed), rows]);
}

function embed(embed) {
	known('an embed', embed, 'color title description fields footer type');
	const { color = 0x1e1f22, title, description, fields, footer } = embed;
	known('a footer', footer ?? {}, 'text');
	return element('discord-embed', { slot: 'embeds', color: `#${color.toString(16).padStart(6, '0')}` }, [
		// The library's own titles and names of fields are plain text; Discord's have markup.
		title && element('div', { slot: 'description', class: 'title markup' }, markup(title, 'title')),
		description && element('discord-embed-description', { slot: 'description' }, marked(description, 'embed')),
		fields?.length && element('discord-embed-fields', { slot: 'fields' }, placed(fields).map(field)),
		footer && element('discord-embed-footer', { slot: 'footer' }, marked(footer.text, 'plain'))
	]);
}

/** Each field with its column: up to three that are inline stand side by side. */
function placed(fields) {
	let column = 0;
	return fields.map((field) => {
		column = field.inline ? (column % 3) + 1 : 0;
		return { ...field, column };
	});
}

function field({ column, ...field }) {
	known('a field', field, 'name value inline');
	const place = column ? { inline: true, 'inline-index': column } : {};
	const name = element('div', { class: 'name markup' }, markup(field.name, 'title'));
	return element('discord-embed-field', place, [name, marked(field.value, 'embed')]);
}

function row(row) {
	known('a row', row, `components ${UNSEEN}`);
	return element('discord-action-row', {}, row.components.map(button));
}

function button(button) {
	known('a button', button, `style label emoji url disabled ${UNSEEN}`);
	const { style, emoji, url, disabled, label = '' } = button;
	if (button.type !== BUTTON || !STYLES[style]) throw new Error(`components of type ${button.type} are not drawn`);
	const picture = emoji && emojiPicture(emoji.name);
	if (emoji && !picture) throw new Error(`there is no picture of the emoji ${JSON.stringify(emoji)}`);
	const attributes = { type: STYLES[style], emoji: picture, 'emoji-name': emoji?.name, url, disabled };
	return element('discord-button', attributes, escaped(label));
}

/** Text with markup as a block. */
function marked(text, kind) {
	return element('div', { class: 'markup' }, markup(text, kind));
}

/** An element with HTML in it. Attributes that are `true` have no value, false and undefined ones are left out. */
function element(name, attributes, inner = '') {
	const written = Object.entries(attributes)
		.filter(([, value]) => value !== undefined && value !== false)
		.map(([key, value]) => (value === true ? ` ${key}` : ` ${key}="${escaped(value)}"`));
	return `<${name}${written.join('')}>${[inner].flat().filter(Boolean).join('')}</${name}>`;
}

function known(what, object, names) {
	const stranger = Object.keys(object).find((name) => !names.split(' ').includes(name));
	if (stranger) throw new Error(`${what} has "${stranger}", which is not drawn`);
}

function avatar(colour, shape) {
	const ground = `<rect width="40" height="40" fill="${colour}"/>`;
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">${ground}<g fill="#fff">${shape}</g></svg>`;
	return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
