/** The dashboard's page: starts polling and shows what is known. */
import { render } from 'preact';
import { Store } from './state/store.js';
import { App } from './view/app.js';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no place for its content.');
const store = new Store();
render(<App store={store} />, root);
void store.poll();
