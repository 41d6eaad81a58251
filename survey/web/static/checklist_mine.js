// The list of one's own inspections: what this phone keeps is shown, and sent when there is signal;
// the checklists that are to be filled in are fetched ahead, so that they open without signal.
(function () {
  'use strict';
  var kit = window.checklists, root = document.getElementById('checklists'), list = document.querySelector('.kept');
  var ready = document.getElementById('ready'), wait = 2000, timer = 0, running = false, waiting = 0;

  function element(name, text, parent) {
    var made = document.createElement(name);
    made.textContent = text;
    parent.appendChild(made);
    return made;
  }
  function show() {
    return kit.drafts().then(function (found) {
      found = found.filter(function (kept) { return (kept.kind || '') === (root.dataset.kind || ''); });
      var mine = found.filter(function (kept) { return kept.account === root.dataset.account; });
      document.getElementById('kept').classList.toggle('gone', !found.length);
      list.textContent = '';
      mine.forEach(function (kept) {
        var row = element('li', '', list);
        element('b', kept.title, row);
        element('span', kept.state === 'refused' ? kit.say('refused') + (kept.message ? '：' + kept.message : '') : kit.say(kept.state), row);
        var link = element('a', kit.say('goOn'), row), button = element('button', kit.say('remove'), row);
        link.href = kept.url;
        link.className = button.className = 'btn';
        button.type = 'button';
        button.onclick = function () {
          if (confirm(kit.say('sure'))) kit.remove(kept.key).then(show);
        };
      });
      var others = found.filter(function (kept) { return kept.account !== root.dataset.account; });
      if (others.length) element('li', kit.say('other', others[0].account), list);
      waiting = mine.filter(function (kept) { return kept.state === 'ready'; }).length;
      return mine;
    });
  }
  function sync() {
    if (running) return;
    running = true;
    clearTimeout(timer);
    kit.drafts().then(function (found) {
      found = found.filter(function (kept) { return (kept.kind || '') === (root.dataset.kind || ''); });
      var due = found.filter(function (kept) { return kept.account === root.dataset.account && kept.state === 'ready'; });
      return due.reduce(function (before, kept) {
        return before.then(function (results) {
          return kit.send(kept).then(function (result) {
            if (result.state !== 'refused') return results.concat(result.state);
            kept.state = 'refused';
            kept.message = result.message;
            return kit.save(kept).then(function () { return results.concat('refused'); });
          });
        });
      }, Promise.resolve([]));
    }).then(function (results) {
      running = false;
      // Another page of this phone may have sent it meanwhile.
      if (results.indexOf('stored') >= 0 || results.length < waiting) return location.reload();
      if (results.indexOf('sign-in') >= 0) location.href = root.dataset.signIn;
      if (results.indexOf('later') >= 0) {
        timer = setTimeout(sync, wait);
        wait = Math.min(wait * 2, 60000);
      }
      return show();
    }, function () { running = false; });
  }
  kit.prepare(root.dataset.worker).then(function (works) {
    if (!works) {
      ready.textContent = kit.say('openOnly');
      return;
    }
    var links = [].slice.call(document.querySelectorAll('a[data-task]')).map(function (link) { return link.href; });
    var files = [].slice.call(document.querySelectorAll('script[src],link[rel=stylesheet]')).map(function (file) { return file.src || file.href; });
    kit.putBy(links.concat(location.href), files.concat(root.dataset.files.split(' ')))
      .then(function () { ready.textContent = kit.say('prepared', links.length); }, function () { /* no signal: what is kept stays */ });
  });
  addEventListener('online', sync);
  show().then(sync);
})();
