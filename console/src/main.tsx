import { render } from 'preact';
import { App } from './app.js';
import { followVisibleHeight } from './use-browser.js';

followVisibleHeight();

const root = document.getElementById('app');
if (root) render(<App />, root);
