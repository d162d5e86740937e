// Talks to the server, and does not give up on an answer.

import { alertOf } from "/page.js";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Returns {status, data}; tries again for as long as the server cannot be reached or cannot write.
export async function ask(path, body) {
  for (let attempt = 0; ; attempt += 1) {
    let problem = "the server cannot be reached";
    try {
      const reply = await fetch(path, body === undefined ? {} : {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: true,
      });
      const data = await reply.json();
      if (reply.status < 500) {
        alertOf("");
        return { status: reply.status, data };
      }
      problem = data.error || problem;
    } catch {
      // no reply, or none that can be read: the same as no server
    }
    alertOf(`${body === undefined ? "Waiting" : "Not saved yet"}: ${problem}. Trying again …`);
    await wait(Math.min(10000, 500 * 2 ** attempt));
  }
}
