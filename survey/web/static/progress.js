// Keeps the progress of a batch of documents fresh; the page itself says the same when it is loaded again.
(function () {
  'use strict';
  var box = document.getElementById('progress'), bar = document.getElementById('bar');
  if (!box || 'ended' in box.dataset) return;
  function refresh() {
    fetch(box.dataset.state, { redirect: 'manual', headers: { Accept: 'application/json' } })
      .then(function (response) { return response.ok ? response.json() : null; })
      .then(function (state) {
        if (!state) return;
        bar.value = state.made + state.failed;
        box.querySelector('[data-made]').textContent = state.made.toLocaleString('en');
        box.querySelector('[data-failed]').textContent = state.failed.toLocaleString('en');
        if (!state.under_way) location.reload();
      }, function () { /* no network: the next time */ });
  }
  setInterval(refresh, 2000);
})();
