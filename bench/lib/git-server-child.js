// A git server in a process of its own, so that what it does blocks nothing that is measured.
import { startGitServer } from '../../test/helpers/git-server.js';

const { port, requests } = await startGitServer(process.argv[2]);
// It notes each HTTP request that it gets.
setInterval(() => requests.splice(0), 1000);
process.send({ port });
