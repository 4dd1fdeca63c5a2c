'use strict';
// A live list of the open tickets. Everything shown is text, never markup, whatever it says.
// All addresses are relative, so that it works behind a path prefix.

const TEXTS = {
  zh: {
    title: 'Mercaptan · 燃气安全工单', class: '等级', state: '状态', site: '地点', zone: '片区',
    cause: '原因', assignee: '承办班组', opened: '受理时间', clocks: '时限', empty: '当前没有未办结工单。',
    stale: '与服务器的连接已中断，以下内容可能已过时。最后更新：', switch: 'English',
    unregistered: '未登记设备', late: '迟到数据', left: '剩余', over: '超时', escalation: '升级',
    none: '—', loading: '正在载入……',
    classes: {1: '一级', 2: '二级', 3: '三级'},
    states: {
      raised: '待派单', dispatched: '已派单', accepted: '已接单', departed: '已出发', on_site: '已到场',
      made_safe: '险情已控', repaired: '已修复', closed: '已办结', cancelled: '已取消',
    },
    clockNames: {
      dispatch: '派单', accept: '接单', depart: '出发', arrive: '到场', make_safe: '控险', repair: '修复',
      close: '办结', appointment: '预约', call_back: '回访', callback: '回访',
    },
    statuses: {met: '已达成', breached: '已超时', stopped: '已停止'},
  },
  en: {
    title: 'Mercaptan · gas safety tickets', class: 'Class', state: 'State', site: 'Site', zone: 'Zone',
    cause: 'Cause', assignee: 'Crew', opened: 'Opened', clocks: 'Deadlines', empty: 'There is no open ticket.',
    stale: 'The connection to the server is lost; this may be out of date. Last update: ', switch: '中文',
    unregistered: 'unregistered', late: 'late', left: 'left', over: 'over', escalation: 'escalation',
    none: '—', loading: 'loading…',
    classes: {1: 'Class 1', 2: 'Class 2', 3: 'Class 3'}, states: {}, clockNames: {}, statuses: {},
  },
};
const STALE_AFTER_MS = 25000;  // The server sends at least a comment every 10 s.
const CLOSED = new Set(['closed', 'cancelled']);

const tickets = new Map();
let language = localStorage.getItem('language') || (navigator.language.startsWith('zh') ? 'zh' : 'en');
let serverAhead = 0;   // Server time minus ours, in ms.
let lastHeard = null;  // Our time of the last sign of life.
let connected = false;
let ready = false;     // The list was read at least once.

const byId = (id) => document.getElementById(id);
const serverNow = () => Date.now() + serverAhead;
const words = () => TEXTS[language];
const word = (group, key) => words()[group][key] || String(key).replace(/_/g, ' ');
const clockTime = (at) => new Date(at).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB');

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function span(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  const pad = (n) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  return (h ? h + ':' : '') + pad(Math.floor(s / 60) % 60) + ':' + pad(s % 60);
}

function describeClock(node, clock) {
  const name = word('clockNames', clock.name);
  if (clock.status === 'running') {
    const left = Date.parse(clock.due_at) - serverNow();
    node.textContent = `${name} ${left < 0 ? words().over : words().left} ${span(left)}`;
    node.className = left < 0 ? 'deadline late' : 'deadline';
  } else {
    node.textContent = `${name} ${word('statuses', clock.status)}`;
    node.className = 'deadline ' + ({met: 'met', breached: 'late'}[clock.status] || '');
  }
}

function row(ticket) {
  const t = words();
  const node = element('tr', undefined, {1: 'one', 2: 'two', 3: 'three'}[ticket.class]);
  node.append(element('td', ticket.class ? word('classes', ticket.class) : t.none, 'class'));
  const state = element('td', word('states', ticket.state));
  if (ticket.escalation_level > 0) state.append(element('small', `${t.escalation} ${ticket.escalation_level}`, 'late'));
  node.append(state);
  const site = element('td', ticket.site || t.none);
  if (ticket.unregistered) site.append(element('small', t.unregistered));
  node.append(site, element('td', ticket.zone || t.none));
  const value = ticket.cause.value === null ? '' : ` ${ticket.cause.value} ${ticket.cause.unit || ''}`;
  const cause = element('td', ticket.cause.condition + value);
  cause.append(element('small', (ticket.devices || []).join(', ')));
  node.append(cause, element('td', ticket.assignee || t.none));
  const opened = element('td', clockTime(ticket.opened_at));
  opened.append(element('small', ticket.id));
  node.append(opened);
  const clocks = element('td');
  for (const clock of ticket.clocks) {
    const line = element('span');
    line.clock = clock;
    describeClock(line, clock);
    clocks.append(line);
  }
  node.append(clocks);
  return node;
}

function draw() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = words()[node.dataset.text];
  byId('language').textContent = words().switch;
  // The gravest first, then the one that has waited longest.
  const order = [...tickets.values()].sort(
    (a, b) => (a.class || 9) - (b.class || 9) || Date.parse(a.opened_at) - Date.parse(b.opened_at));
  byId('tickets').replaceChildren(...order.map(row));
  byId('empty').hidden = order.length > 0 || !ready;
  tick();
}

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; draw(); });
}

function tick() {
  byId('clock').textContent = connected ? clockTime(serverNow()) : words().none;
  for (const line of document.querySelectorAll('.deadline')) describeClock(line, line.clock);
  const stale = !connected || lastHeard === null || Date.now() - lastHeard > STALE_AFTER_MS;
  byId('stale').hidden = !stale;
  if (stale) byId('stale').textContent = words().stale + (lastHeard ? clockTime(lastHeard + serverAhead) : words().loading);
}

function take(ticket) {
  const known = tickets.get(ticket.id);
  if (known && known.version > ticket.version) return;
  if (CLOSED.has(ticket.state)) tickets.delete(ticket.id); else tickets.set(ticket.id, ticket);
}

// Reads all open tickets. Changes that the stream brings meanwhile win by their version.
async function readList() {
  const seen = new Set();
  const before = new Set(tickets.keys());
  let cursor = '';
  do {
    const response = await fetch('api/v1/tickets?open=true&limit=500' + (cursor && '&cursor=' + cursor));
    if (!response.ok) throw new Error('HTTP ' + response.status);
    const page = await response.json();
    for (const ticket of page.items) { seen.add(ticket.id); take(ticket); }
    cursor = page.next_cursor;
  } while (cursor);
  for (const id of before) if (!seen.has(id)) tickets.delete(id);
  ready = true;
  drawSoon();
}

function follow() {
  const source = new EventSource('api/v1/stream');
  const alive = () => { connected = true; lastHeard = Date.now(); };
  source.addEventListener('hello', (event) => {
    alive();
    serverAhead = Date.parse(JSON.parse(event.data).now) - Date.now();
    readList().catch(() => { source.close(); connected = false; setTimeout(follow, 3000); });
  });
  source.addEventListener('ticket', (event) => { alive(); take(JSON.parse(event.data)); drawSoon(); });
  source.onerror = () => {
    connected = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
    tick();
  };
}

// A comment keeps the stream open but is no event, so ask now and then whether the server lives.
setInterval(() => {
  fetch('healthz', {cache: 'no-store'}).then((r) => { if (r.ok && connected) lastHeard = Date.now(); }).catch(() => {});
}, 10000);
byId('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem('language', language);
  draw();
});
setInterval(tick, 1000);
draw();
follow();
