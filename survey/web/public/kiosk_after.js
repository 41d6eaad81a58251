// A tablet at a counter, after the form has started: the work for its key begins at once, thanks lead
// back here, and who goes away without sending leaves an empty form behind. Written for Chromium 69.
(function () {
  'use strict';
  var form = document.forms[0], notice = document.getElementById('ki'), home = notice.getAttribute('data-home');
  var pow = form.querySelector('[name=pow]'), code = form.getAttribute('action').split('?')[0].slice(-8);
  var IDLE = 90000, LAST = 20000, timer = 0, isTouched = false;
  if (pow) outbox.solve(code, form.querySelector('[name=ik]').value, pow.getAttribute('data-w'), function () { /* kept for sending */ });
  outbox.thanks = function () { return '/k/' + code + '/thanks?to=' + encodeURIComponent(home) };

  // Only a server that answers is gone to: a tablet that shows the browser's error page helps nobody.
  function go() {
    var request = new XMLHttpRequest();
    form.reset();
    form.className = 'gone';
    notice.firstChild.textContent = notice.getAttribute('data-away');
    document.getElementById('ks').className = 'gone';
    notice.className = 'net';
    request.onloadend = function () {
      if (request.status === 200) return location.replace(home);
      notice.className = 'net on';
      setTimeout(go, 5000);
    };
    request.open('GET', home);
    request.timeout = 10000;
    request.send();
  }
  function warn() {
    notice.className = 'net on';
    scrollTo(0, 0);
    timer = setTimeout(go, LAST);
  }
  function stir() {
    clearTimeout(timer);
    notice.className = 'net';
    if (isTouched) timer = setTimeout(warn, IDLE);
  }
  ['click', 'input', 'keydown', 'touchstart', 'scroll'].forEach(function (name) {
    addEventListener(name, function () {
      isTouched = true;
      if (form.className !== 'gone') stir();
    }, true);
  });
  // Back leads to a page made anew, never to one that is filled in.
  addEventListener('pageshow', function (event) { if (event.persisted) location.replace(home) });
  addEventListener('pagehide', function () { form.reset() });
})();
