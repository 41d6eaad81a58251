// Keeps the figures of a meeting fresh, in steps as the server tells them, and fills the screen.
(function () {
  'use strict';
  var box = document.getElementById('meeting'), full = document.getElementById('full');
  function refresh() {
    fetch(box.dataset.state, { redirect: 'manual', headers: { Accept: 'application/json' } })
      .then(function (response) { return response.ok ? response.json() : null; })
      .then(function (state) {
        if (!state) return;
        box.querySelector('[data-heads]').textContent = state.heads === null ? '—' : state.heads.toLocaleString('en');
        var step = box.querySelector('[data-step]');
        if (step.textContent !== state.step) step.textContent = state.step;
        if (!state.open) location.reload();
      }, function () { /* no network: the next time */ });
  }
  if (box && !('closed' in box.dataset)) setInterval(refresh, 10000);
  if (full && document.documentElement.requestFullscreen) {
    full.classList.remove('gone');
    full.onclick = function () { document.documentElement.requestFullscreen(); };
    document.addEventListener('fullscreenchange', function () { full.classList.toggle('gone', !!document.fullscreenElement); });
  }
})();
