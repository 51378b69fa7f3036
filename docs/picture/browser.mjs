// What runs in the page: the components, with the colours and measures of Discord's dark theme of today where
// the library has older ones.

import '@skyra/discord-components-core';
import '@fontsource-variable/noto-sans/wght.css';
import '@fontsource-variable/noto-sans/wght-italic.css';
import './page.css';

// The line from the message above to the answer's avatar. The library means to draw it, but its selector
// (`:host:before`) matches nothing.
const SPINE = `
	:host { color: #b5bac1; min-width: 0 }
	:host::before {
		content: ''; position: absolute; top: 50%; bottom: -2px; left: -37px; width: 33px; box-sizing: border-box;
		border: solid #4e5058; border-width: 2px 0 0 2px; border-top-left-radius: 6px;
	}
	.discord-replied-message-content { overflow: hidden; min-width: 0 }`;

const changes = {
	'discord-messages': ':host { background: #313338; border: 0; display: flow-root }',
	'discord-message': `
		:host, :host(:hover) { color: #dbdee1; background: none; padding-right: 16px }
		.discord-message-timestamp { color: #949ba4 }
		.discord-message-content { min-width: 0 }`,
	'discord-author-info': `
		:host .discord-author-username { color: #f2f3f5 }
		:host .discord-application-tag { font-size: 12px; font-weight: 600; border-radius: 4px; margin-left: 4px }`,
	'discord-reply': SPINE,
	'discord-command': SPINE,
	'discord-embed': `
		:host { color: #dbdee1; margin: 4px 0 }
		:host .discord-embed-wrapper { background: #2b2d31; border: 0 }
		/* In the library it spans two columns, and so makes a second one where there are no fields. */
		slot[name='footer']::slotted(*) { grid-column: 1 }`,
	'discord-button': `
		:host > *:first-child { box-sizing: border-box; white-space: nowrap }
		svg { margin-left: 8px }
		.secondary { background: #4e5058 }
		.success { background: #248046 }
		.destructive { background: #da373c }`
};
for (const [name, css] of Object.entries(changes)) {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(css);
	customElements.get(name).elementStyles.push(sheet);
}
