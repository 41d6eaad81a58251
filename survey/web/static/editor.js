// What a script adds to the questionnaire editor, which works without it: what is typed is saved
// by itself, the phone beside it follows, and pages are replaced in place. Alt+↑ and Alt+↓ move
// the open item, Ctrl+Z takes the last change back, Ctrl+S saves.
(function () {
  'use strict';
  var PAUSE = 900, timer = 0, sending = false, dirty = false, waiting = null;
  var root = document.getElementById('ed');
  if (!root || !window.fetch) return;

  function form() { return document.getElementById('edf') }
  function fields() { return new URLSearchParams(new FormData(form())) }
  function status(text) { document.getElementById('eds').textContent = text }

  // --- replacing the page without losing the place where somebody types
  function place() {
    var at = document.activeElement;
    if (!at || !root.contains(at)) return null;
    var kept = { id: at.id, name: at.name, value: at.value, type: at.type };
    try { kept.start = at.selectionStart; kept.end = at.selectionEnd } catch (e) { /* no text field */ }
    return kept;
  }
  function again(kept) {
    if (!kept) return;
    var found = kept.id && document.getElementById(kept.id);
    if (!found && kept.name) {
      found = [].slice.call(form().elements).filter(function (f) {
        return f.name === kept.name && (f.type !== 'radio' && f.type !== 'submit' || f.value === kept.value);
      })[0];
    }
    if (!found) return;
    found.focus({ preventScroll: true });
    try { found.setSelectionRange(kept.start, kept.end) } catch (e) { /* no text field */ }
  }
  function show(html, url, kept) {
    var page = new DOMParser().parseFromString(html, 'text/html'), fresh = page.getElementById('ed');
    if (!fresh) return location.assign(url);
    var top = scrollY, phone = document.getElementById('phone'), before = phone.getAttribute('src');
    var next = fresh.querySelector('#phone').getAttribute('src');
    // The frame stays: taking it out and in again would blank it, even where nothing changed.
    fresh.querySelector('#edf .edit-p').remove();
    var aside = root.querySelector('.edit-p');
    aside.remove();
    root.innerHTML = fresh.innerHTML;
    root.querySelector('#edf .edit').appendChild(aside);
    if (next !== before) document.getElementById('phone').setAttribute('src', next);
    document.title = page.title;
    history.replaceState(null, '', url);
    dirty = false;
    again(kept);
    scrollTo(0, top);
  }

  // --- sending what is filled in; one at a time, so that no revision is sent twice
  function send(act, kept) {
    clearTimeout(timer);
    if (sending) { waiting = { act: act, kept: kept }; return }
    sending = true;
    dirty = false;
    var body = fields();
    if (act) body.append('do', act);
    fetch(form().action, { method: 'POST', body: body, credentials: 'same-origin' }).then(function (response) {
      return response.text().then(function (html) {
        sending = false;
        if (response.status !== 200 && response.status !== 409) return location.reload();
        if (!act && dirty) {
          // Somebody went on typing: only the revision is taken over, the rest with the next save.
          var page = new DOMParser().parseFromString(html, 'text/html');
          if (response.status === 200) {
            form().elements.revision.value = page.getElementById('edf').elements.revision.value;
            preview(page);
            later();
          } else show(html, response.url, place());
        } else show(html, response.url, kept || place());
        if (waiting) { var next = waiting; waiting = null; send(next.act, next.kept) }
      });
    }).catch(function () {
      sending = false;
      dirty = true;
      status(root.getAttribute('data-lost'));
      timer = setTimeout(function () { send('') }, 4000);
    });
  }
  function preview(page) {
    var phone = document.getElementById('phone'), next = page.getElementById('phone').getAttribute('src');
    if (phone.getAttribute('src') !== next) phone.setAttribute('src', next);
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(function () { send('') }, PAUSE);
  }

  root.addEventListener('input', function (event) {
    if (!event.target.form || event.target.form.id !== 'edf') return;
    dirty = true;
    var chosen = { what: 'words', join: 'words', is: 'words', relevant: 'expression', constraint: 'expression' };
    var name = event.target.name.split('.').pop(), by = chosen[event.target.name] || chosen[name];
    var group = event.target.name === 'constraint' || /^(most_choices|alone|longest|telephone|least|most)$/.test(event.target.name) ? 'rule' : 'when';
    if (group === 'rule' && event.target.name !== 'constraint') by = 'words';
    if (by) {
      [].slice.call(form().querySelectorAll('[name=' + group + ']')).forEach(function (r) { if (r.value === by) r.checked = true });
    }
    later();
  });
  root.addEventListener('change', function (event) {
    if (event.target.hasAttribute('data-now') || event.target.tagName === 'SELECT') send('');
  });
  root.addEventListener('click', function (event) {
    var button = event.target.closest('#edf button'), link = event.target.closest('a[data-in]');
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (button) {
      event.preventDefault();
      if (!button.disabled) send(button.value, { id: button.id, name: button.name, value: button.value, type: 'submit' });
    } else if (link) {
      event.preventDefault();
      var go = function () {
        fetch(link.href, { credentials: 'same-origin' }).then(function (r) { return r.text().then(function (html) { show(html, r.url, { id: link.id }); focusOpen() }) });
      };
      if (!dirty) return go();
      fetch(form().action, { method: 'POST', body: fields(), credentials: 'same-origin' }).then(function (r) {
        if (r.status === 200) return go();
        return r.text().then(function (html) { show(html, r.url, null) });
      });
    }
  });
  function focusOpen() {
    var open = root.querySelector('.edit-o textarea, .edit-o input');
    if (open) open.focus({ preventScroll: true });
  }
  document.addEventListener('keydown', function (event) {
    var open = root.querySelector('.edit-i .on'), typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.altKey && open && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      open.querySelector(event.key === 'ArrowUp' ? '.edit-b button' : '.edit-b button + button').click();
    } else if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      event.preventDefault();
      send('');
    } else if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !typing) {
      event.preventDefault();
      document.getElementById(event.shiftKey ? 'redo' : 'undo').click();
    }
  });
  addEventListener('beforeunload', function (event) {
    if (dirty || sending) event.preventDefault(), event.returnValue = '';
  });
})();
