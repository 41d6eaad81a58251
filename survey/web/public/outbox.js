// Answers that were handed in on this phone and are not confirmed: kept until our own server says
// that it has this very page, and sent again by every page of ours. Written for Chromium 69.
var outbox = (function () {
  'use strict';
  var sums = engine(), store, memory = {}, solved = {}, wait = 2000, timer;
  // Where storage is blocked the tab's own name serves: it outlives a reload.
  try { store = localStorage; store.getItem('') } catch (e) {
    try { memory = JSON.parse(window.name) || {} } catch (e) { /* somebody else's name */ }
    store = null;
  }
  function get(name) { return (store ? store.getItem(name) : memory[name]) || null }
  function put(name, value) {
    try {
      if (store) value === null ? store.removeItem(name) : store.setItem(name, value);
      else {
        if (value === null) delete memory[name];
        else memory[name] = value;
        window.name = JSON.stringify(memory);
      }
    } catch (e) { /* the phone is full: all else works */ }
  }
  function read(name) { try { return JSON.parse(get(name)) } catch (e) { return null } }

  // Solve the puzzle of a page in the background; then(proof) comes at once where it is solved.
  function solve(code, key, work, then) {
    var text = 'pingyi-pow:' + code + ':' + key, step, worker;
    if (!work || solved[text]) return then(solved[text] || '');
    function done(proof) {
      if (worker) worker.terminate();
      then(solved[text] = proof);
    }
    function slice() {
      var proof = step(8);
      proof ? done(proof) : setTimeout(slice, 8);
    }
    function alone() {
      step = sums.puzzle(text, work);
      slice();
    }
    try {
      worker = new Worker(URL.createObjectURL(new Blob([engine + ';postMessage(engine().puzzle(' + JSON.stringify([text, work]).slice(1, -1) + ')(1e9))'])));
      worker.onmessage = function (event) { done(event.data) };
      worker.onerror = alone;
    } catch (e) { alone() }
  }

  // Send a record once; then(reply, said): a reply is our server's word on this very page, since
  // only it and this phone know the page's key. `said` is what came back otherwise, if it was ours at all.
  function send(record, then) {
    solve(record.c, record.k, record.w, function (proof) {
      var request = new XMLHttpRequest();
      request.onloadend = function () {
        var reply = null;
        try { reply = JSON.parse(request.responseText) } catch (e) { /* a portal, or nothing at all */ }
        var ours = reply && reply.word === sums.hash('pingyi-taken:' + record.k).slice(0, 32);
        if (ours && reply.taken) keep(record);
        then(ours ? reply : null, reply);
      };
      request.open('POST', record.a);
      var pairs = record.v.concat(proof ? [['pow', proof]] : []);
      request.timeout = 30000;
      request.setRequestHeader('Accept', 'application/json');
      if (record.p) return outbox.attach(request, pairs, record.p); // only: picture
      request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
      request.send(pairs.map(function (pair) { return pair.map(encodeURIComponent).join('=') }).join('&'));
    });
  }
  // A record is {a: address, c: code, k: page key, r: receipt, w: puzzle, v: fields}, with n where the
  // number to call back is missing, which no phone keeps, and with e where the server refused it.
  function name(record) { return 'pingyi:' + record.c + ':out:' + record.k.slice(0, 8) }
  function all() {
    return Object.keys(store || memory).filter(function (key) { return /^pingyi:\w{8}:out:/.test(key) })
      .map(read).filter(function (record) { return record && record.v });
  }
  function isKept(record) { return (get('pingyi:' + record.c + ':receipt') || '').indexOf(record.r) >= 0 }
  // The receipt stays, newest first; the answer and its draft go.
  function keep(record) {
    var key = 'pingyi:' + record.c, kept = get(key + ':receipt');
    if (!isKept(record)) put(key + ':receipt', record.r + (kept ? ' ' + kept : ''));
    if ((read(key) || record).k === record.k) put(key, null);
    put(name(record), null);
  }

  // Send what is waiting, one after the other, and say so at the top of the page. `code` is that of
  // the form on this page, which takes up by itself what lacks something.
  function say(text, more, address) {
    var bar = document.getElementById('ob'), link = bar.querySelector('a');
    bar.className = 'net on';
    bar.firstChild.textContent = text;
    link.textContent = more;
    if (address) link.href = address;
    else link.removeAttribute('href');
  }
  function deliver(code) {
    var texts = document.getElementById('ob').dataset, found = all().filter(function (r) { return r.k !== outbox.own });
    var record = found.filter(function (r) { return !r.n && !r.e })[0];
    clearTimeout(timer);
    if (!record) {
      record = found.filter(function (r) { return r.c !== code })[0];
      if (record && texts.open) say(record.n ? texts.number : texts.look, texts.open, record.a);
      return;
    }
    send(record, function (reply) {
      if (!reply) {
        say(texts.wait, '');
        timer = setTimeout(function () { deliver(code) }, wait);
        wait = Math.min(wait * 2, 60000);
        return;
      }
      if (reply.taken) say(texts.sent, texts.see, thanks(record));
      else if (reply.final) {
        put(name(record), null);
        say(reply.title, reply.text);
        return;
      } else {
        record.e = 1;
        put(name(record), JSON.stringify(record));
      }
      deliver(code);
    });
  }
  function thanks(record) { return record.a.replace(/(\?|$)/, '/thanks$1') }
  addEventListener('online', function () { if (timer) deliver() });
  return {
    get: get, put: put, read: read, solve: solve, send: send, all: all, name: name, isKept: isKept,
    deliver: deliver, thanks: thanks, sums: sums
  };
})();
