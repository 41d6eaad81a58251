// A scanned slip: its secret stands behind the # of the address, where no server sees it. Put it
// into the form, take it out of the address and of the history, and go on.
(function () {
  'use strict';
  var form = document.forms[0], secret = location.hash.slice(1);
  if (!secret) return;
  history.replaceState(null, '', location.pathname + location.search);
  form.ticket.value = secret;
  HTMLFormElement.prototype.submit.call(form);
})();
