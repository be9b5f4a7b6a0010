// A web server of one folder for tests, which keeps what was asked for.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const types = { '.html': 'text/html', '.css': 'text/css', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** replace: {name: text}, files served in place of those of the folder. {address, asked, close()} */
export async function serve(folder, replace = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, 'http://localhost').pathname.slice(1) || 'index.html';
    let body = replace[name];
    if (body === undefined) body = await readFile(path.join(folder, path.basename(name))).catch(() => undefined);
    asked.push({ name, found: body !== undefined });
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': types[path.extname(name)] ?? 'text/plain' }).end(body);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, asked, close: () => { server.closeAllConnections?.(); server.close(); } };
}
