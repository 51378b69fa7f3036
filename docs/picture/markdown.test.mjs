import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emojiPicture, markup } from './markdown.mjs';

const check = (name, text, html, kind = 'embed') => test(name, () => assert.equal(markup(text, kind), html));
const quote = (text) => `<div class="quote"><div></div><blockquote>${text}</blockquote></div>`;

check('bold keeps the letters beside it', '(**side effects**)', '(<strong>side effects</strong>)');
check('italics, underlined, struck out', '*a* _b_ __c__ ~~d~~', '<em>a</em> <em>b</em> <u>c</u> <s>d</s>');
check('a backslash shows the sign after it', '\\*a\\* b\\_c \\[4\\]\\: \\`x\\`', '*a* b_c [4]: `x`');
check('HTML is text', '<b>&amp;"', '&lt;b&gt;&amp;amp;&quot;');
check('code shows its markup', '`a*b*`', '<code>a*b*</code>');
check('a masked link', '[A › B](https://a.test/#:~:text=a%2Db,c)', '<a href="https://a.test/#:~:text=a%2Db,c">A › B</a>');
check('messages have no masked links', '[a](b)', '[a](b)', 'message');
check('a quote takes its line end', '> a\n> b\nc', `${quote('a\nb\n')}c`);
check('an empty line before a quote stays', 'a\n\n> b', `a\n\n${quote('b')}`);
check('subtext, also after a quote', '> a\n-# b\n-# c\nd', `${quote('a\n')}<small>b</small><small>c</small>d`);
check('a heading only where a line starts', '# a\nb # c', '<h1>a</h1>b # c');
check('a list and what follows it', '- a\n- **b**\nc', '<ul><li>a</li><li><strong>b</strong></li></ul>c');
check('a list in a list', '- a\n  - b\n- c', '<ul><li>a\n<ul><li>b</li></ul></li><li>c</li></ul>');
check('a numbered list', 'a\n3. b\n4. c', 'a\n<ol start="3"><li>b</li><li>c</li></ol>');
check('a dash within a line is no list', 'a - b', 'a - b');
check('titles have no links and no quotes', '> **a** [b](c)', '&gt; <strong>a</strong> [b](c)', 'title');
check('footers have no markup', '**a** \\* b', '**a** \\* b', 'plain');
check('an emoji is a picture', '⚠️', `<img class="emoji" alt="⚠️" src="${emojiPicture('⚠️')}">`);
check('an excerpt names the bot', '<@123456789012345678> a', '<span class="mention">@Verbatim</span> a', 'excerpt');

test('what has no drawing is an error', () => {
	assert.throws(() => markup('<#123456789012345678>', 'embed'), /"channel" is not drawn/);
});
