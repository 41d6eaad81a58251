// What a script adds to the form, which works without it: pages, hidden conditions, a draft on the
// phone, safe sending. Written for Chromium 69 and WeChat: no ?., no ??, no crypto.subtle (missing
// on plain http). Texts stand in the page, so that this file is the same for every form.
(function () {
  'use strict';
  var doc = document, root = doc.documentElement, form = doc.forms[0], box = doc.querySelector('.p');
  var byId = function (id) { return doc.getElementById(id) };
  var all = function (selector, within) { return [].slice.call((within || form).querySelectorAll(selector)) };
  var pages = all('section'), questions = all('[data-q]'), fields = all('[data-q] input,textarea');
  var path = form.getAttribute('action').split('?')[0], key = 'pingyi:' + path.slice(-8);
  var ik = form.querySelector('[name=ik]'), store = null, at = 0, since = Date.now();
  var DAY = 864e5, ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  try { store = localStorage } catch (e) { /* blocked: no draft, all else works */ }
  function put(name, value) { try { value === null ? store.removeItem(name) : store.setItem(name, value) } catch (e) { /* full or blocked */ } }
  function get(name) { try { return store.getItem(name) } catch (e) { return null } }
  function toggle(element, name, on) { element.classList[on ? 'add' : 'remove'](name) }
  function fill(text, numbers) { return text.replace(/%/g, function () { return numbers.shift() }) }

  function freshKey() {
    var random = crypto.getRandomValues(new Uint8Array(26)), code = '';
    for (var i = 0; i < 26; i++) code += ALPHABET[random[i] & 31];
    return code;
  }

  function holds(data, answers, current) { return expressions.truth(expressions.evaluate(JSON.parse(data), answers, current)) }

  // --- what is asked, and what is missing
  var own = function (question) { return fields.filter(function (f) { return f.name === question.getAttribute('data-q') }) };
  function given(question) {
    return own(question).filter(function (f) { return !/radio|checkbox/.test(f.type) || f.checked })
      .map(function (f) { return f.value.trim() }).join(' ');
  }
  function route() {
    var answers = {};
    all('[data-q],[data-r]').forEach(function (q) {
      var when = q.getAttribute('data-r'), on = !when || holds(when, answers, '');
      toggle(q, 'gone', !on);
      if (on && q.hasAttribute('data-q')) answers[q.getAttribute('data-q')] = given(q);
    });
    return answers;
  }
  function count() {
    all('[data-n]').forEach(function (b) {
      var most = +b.getAttribute('data-n'), n = Array.from(b.parentNode.previousSibling.value).length;
      if (!b.first) b.first = b.textContent;
      b.textContent = n > most ? fill(b.getAttribute('data-o'), [n - most]) : n ? fill(b.getAttribute('data-t'), [n, most - n]) : b.first;
    });
  }
  function faults(page) {
    var answers = route();
    return all('[data-q]', page).filter(function (q) {
      var value = answers[q.getAttribute('data-q')], rule = q.getAttribute('data-c'), message = q.querySelector('.er');
      if (!message.first) message.first = message.textContent;
      message.textContent = message.first;
      var bad = value === '' && q.hasAttribute('data-m');
      if (value && rule && !holds(rule, answers, value)) bad = true, message.textContent = q.getAttribute('data-cm') || message.first;
      toggle(q, 'bad', bad);
      return bad;
    });
  }
  function summarise(page) {
    var found = faults(page), es = byId('es');
    toggle(es, 'on', found.length);
    page.insertBefore(es, page.querySelector('h2').nextSibling);
    es.innerHTML = '<b></b>';
    es.firstChild.textContent = fill(es.getAttribute('data-t'), [found.length]);
    found.forEach(function (q) {
      var a = doc.createElement('a'), label = q.querySelector('legend,label').cloneNode(true);
      all('small,.v', label).forEach(function (s) { s.remove() });
      a.href = '#' + q.id;
      a.textContent = label.textContent;
      es.appendChild(a);
    });
    return found.length;
  }
  function complain(page) {
    var n = summarise(page);
    if (n) {
      byId('es').focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    return n;
  }

  // --- the draft: on this phone only, a day long, never a telephone number
  function save() {
    var kept = fields.filter(function (f) { return f.value && f.type !== 'tel' && (!/radio|checkbox/.test(f.type) || f.checked) })
      .map(function (f) { return [f.name, f.value] });
    put(key, JSON.stringify({ t: Date.now(), s: since, v: kept }));
  }
  function load(refused) {
    var draft = null;
    try { draft = JSON.parse(get(key)) } catch (e) { /* not ours */ }
    if (!draft || !get(key + ':out') && Date.now() - draft.t > DAY) return put(key, null);
    since = draft.s;
    if (refused) return;
    draft.v.forEach(function (pair) {
      fields.forEach(function (f) {
        if (f.name !== pair[0]) return;
        if (/radio|checkbox/.test(f.type)) f.checked = f.checked || f.value === pair[1];
        else f.value = pair[1];
      });
    });
  }

  // --- pages
  function show(n, quiet) {
    at = n;
    pages.forEach(function (p, i) { toggle(p, 'on', i === n) });
    toggle(box, 'c0', n === 0);
    toggle(box, 'cz', n === pages.length - 1);
    var pn = byId('pn');
    if (!pn.first) pn.first = pn.textContent;
    pn.textContent = n ? fill(pn.getAttribute('data-t'), [n, pages.length - 1]) : pn.first;
    byId('pb').value = n;
    toggle(byId('es'), 'on', false);
    if (quiet) return;
    scrollTo(0, 0);
    var h = pages[n].querySelector('h2');
    h.tabIndex = -1;
    h.focus({ preventScroll: true });
  }
  function go(n) {
    history.pushState({ p: n }, '');
    show(n);
  }

  // --- sending: only our own thanks page counts as sent; anything else is tried again
  var wait = 2000, timer = 0, sending = false, sent = false;
  function failed() {
    sending = false;
    toggle(byId('net'), 'on', true);
    byId('sb').textContent = byId('sb').first;
    timer = setTimeout(send, wait);
    wait = Math.min(wait * 2, 60000);
  }
  function answered(response, page) {
    var ours = page.indexOf('content="pingyi"') > 0;
    if (response.redirected && response.url.split('?')[0].slice(-15) === path.slice(-8) + '/thanks' && ours && page.indexOf('data-sent') > 0) {
      put(key + ':sent', ik.value); // the thanks page makes the receipt of it
      if (get(key + ':sent') !== ik.value) window.name = 'pingyi:' + ik.value;
      put(key, null);
      put(key + ':out', null);
      sent = true;
      location.replace(response.url);
    } else if (ours && response.status >= 400 && response.status < 500 && response.status !== 429) {
      // The server has something to say: let it say it on a page of its own.
      put(key + ':out', null);
      HTMLFormElement.prototype.submit.call(form);
    } else failed();
  }
  function send() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    var button = byId('sb'), stop = new AbortController(), limit = setTimeout(function () { stop.abort() }, 30000);
    if (!button.first) button.first = button.textContent;
    button.textContent = button.getAttribute('data-t');
    form.querySelector('[name=sec]').value = Math.round((Date.now() - since) / 1000);
    put(key + ':out', ik.value);
    save();
    fetch(form.getAttribute('action'), {
      method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'text/html' }, signal: stop.signal
    }).then(function (response) {
      return response.text().then(function (page) { answered(response, page) });
    }).catch(failed).then(function () { clearTimeout(limit) });
  }
  function submit() {
    for (var i = 1; i < pages.length; i++) {
      if (faults(pages[i]).length) {
        if (i !== at) go(i);
        complain(pages[i]);
        return;
      }
    }
    if (window.fetch && window.AbortController) send();
    else HTMLFormElement.prototype.submit.call(form);
  }

  // --- start
  var refused = byId('es').classList.contains('on'), out = get(key + ':out');
  root.className = 'js';
  toggle(pages[0], 'gone', false);
  load(refused);
  if (!refused) {
    ik.value = out || freshKey();
    if (get(key + ':receipt') || get(key + ':sent')) {
      toggle(byId('old'), 'gone', false);
      form.querySelector('[name=signals]').value = 'dup';
    }
  }
  route();
  count();
  history.replaceState({ p: 0 }, '');
  show(0, true);
  var big = byId('big');
  big.checked = get('pingyi:big') === '1';
  big.onchange = function () { put('pingyi:big', big.checked ? '1' : null) };
  form.addEventListener('change', function (event) {
    var t = event.target, question = t.closest('[data-q]'), only = question && question.getAttribute('data-x');
    if (only && t.checked) own(question).forEach(function (f) { if ((t.value === only) !== (f.value === only)) f.checked = false });
    route();
    save();
    if (byId('es').classList.contains('on')) summarise(pages[at]);
  });
  form.addEventListener('input', function () { count(); save() });
  form.addEventListener('submit', function (event) { event.preventDefault(); submit() });
  byId('go').onclick = function (event) { event.preventDefault(); go(1) };
  byId('pv').onclick = function () { go(at - 1) };
  byId('nx').onclick = function () { if (!complain(pages[at])) go(at + 1) };
  byId('rt').onclick = send;
  addEventListener('popstate', function (event) { if (event.state) show(event.state.p) });
  // Who comes back from the thanks page finds an empty form, not the one that was sent.
  addEventListener('pageshow', function (event) { if (event.persisted && sent) location.reload() });
  addEventListener('online', function () { if (byId('net').classList.contains('on')) send() });
  if (refused) {
    for (var i = 1; i < pages.length; i++) {
      if (pages[i].querySelector('.bad')) break;
    }
    i = Math.min(i, pages.length - 1);
    pages[i].insertBefore(byId('es'), pages[i].querySelector('h2').nextSibling);
    go(i);
    toggle(byId('es'), 'on', true);
    byId('es').focus({ preventScroll: true });
  } else if (out) {
    show(pages.length - 1, true);
    submit();
  }
})();
