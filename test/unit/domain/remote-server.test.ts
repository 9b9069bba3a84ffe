import { expect, it } from 'vitest';
import { serverOf } from '../../../src/domain/remote-server.js';

it.each([
  ['https://me:secret@GitHub.com:443/acme/widget.git', 'github.com'],
  ['http://git.example.org:80/a', 'git.example.org'],
  ['ssh://git@git.example.org.:22/a', 'git.example.org'],
  ['git@Git.Example.org:acme/widget', 'git.example.org'],
  ['https://git.example.org:8443/a', 'git.example.org:8443'],
  ['git+ssh://git@git.example.org:2222/a', 'git.example.org:2222'],
  ['[git@git.example.org:2222]:acme/widget', 'git.example.org:2222'],
  ['https://[::1]:3000/a', '[::1]:3000'],
  ['file:///srv/a.git', 'file'],
  ['/srv/a.git', undefined],
  ['ext::sh -c true', undefined],
  ['', undefined],
])('the server of %s is %s', (remote, server) => {
  expect(serverOf(remote)).toBe(server);
});
