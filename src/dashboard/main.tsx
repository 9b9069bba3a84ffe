/** Starts the page: draws it and begins to poll. */
import { render } from 'preact';
import { Store } from './state/store.js';
import { App } from './view/app.js';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no element with the id "app".');
const store = new Store();
render(<App store={store} />, root);
void store.poll();
