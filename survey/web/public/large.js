// On every page but the form: large type as it was chosen there, and answers that still wait to be
// sent. Without script the switch works on each page by itself.
(function () {
  'use strict';
  var big = document.getElementById('big');
  big.checked = outbox.get('pingyi:big') === '1';
  big.onchange = function () { outbox.put('pingyi:big', big.checked ? '1' : null) };
  outbox.deliver();
})();
