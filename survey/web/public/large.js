// Remembers large type from the form; without script the switch still works on each page.
(function () {
  'use strict';
  var big = document.getElementById('big');
  try {
    big.checked = localStorage.getItem('pingyi:big') === '1';
    big.onchange = function () { localStorage.setItem('pingyi:big', big.checked ? '1' : '0') };
  } catch (e) { /* storage is blocked */ }
})();
