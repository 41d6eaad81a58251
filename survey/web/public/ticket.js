// A scanned slip: its secret stands behind the # of the address, where no server sees it. Put it
// into the form, take it out of the address and of the history, and go on. While somebody tries out
// codes the page asks for work with the one it was sent: do it, and send it again.
(function () {
  'use strict';
  var form = document.forms[0], work = form.pow;
  function send() { HTMLFormElement.prototype.submit.call(form) }
  function scan() {
    var secret = location.hash.slice(1);
    if (!secret) return false;
    history.replaceState(null, '', location.pathname + location.search);
    form.ticket.value = secret;
    send();
    return true;
  }
  // A slip that is scanned while this very page is open only changes what is behind the #.
  addEventListener('hashchange', scan);
  if (scan() || !work) return;
  var step = engine().puzzle('pingyi-pow:T:' + work.getAttribute('data-k'), work.getAttribute('data-w'));
  (function go() {
    work.value = step(40);
    if (work.value) send();
    else setTimeout(go, 5);
  })();
})();
