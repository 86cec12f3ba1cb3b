/** The state of the sandbox as the server tells it. */

export const store = { bot: undefined, personas: [], samples: [], chats: new Map(), menus: {} };

/** @param on `state()` after a snapshot, `change(change)` after every change */
export function connect(on) {
  const source = new EventSource('/sandbox/events');
  source.addEventListener('state', (event) => {
    take(JSON.parse(event.data));
    on.state();
  });
  source.addEventListener('change', (event) => {
    const change = JSON.parse(event.data);
    apply(change);
    on.change(change);
  });
  source.addEventListener('error', () => on.offline());
}

function take(state) {
  Object.assign(store, state);
  store.chats = new Map(
    state.chats.map((chat) => [
      chat.chat.id,
      { ...chat, messages: new Map(chat.messages.map((m) => [m.message_id, m])) },
    ]),
  );
}

function apply(change) {
  const chat = store.chats.get(change.chatId);
  if (!chat) return;
  if (change.kind === 'message') chat.messages.set(change.message.message_id, change.message);
  if (change.kind === 'deleted') chat.messages.delete(change.messageId);
  if (change.kind === 'reaction') chat.reactions[change.messageId] = change.reactions;
}

/** @throws Error with the server's words and its `status`; a TypeError when it does not answer */
export async function act(body) {
  const response = await fetch('/sandbox/act', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer(response);
}

export async function sendFile(chat, user, file) {
  const query = new URLSearchParams({ chat, user, name: file.name });
  return answer(await fetch(`/sandbox/document?${query}`, { method: 'POST', body: file }));
}

async function answer(response) {
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.error), { status: response.status });
  return body.id;
}
