// Opens an inspector's own pages without signal. It asks the network first, always; what it kept is
// for the moment when there is none. It keeps only pages that say they may be kept, and their files.
'use strict';
var STORE = 'pingyi-checklists-1';

function mayKeep(request, response) {
  if (!response.ok || response.redirected || response.type !== 'basic') return false;
  var path = new URL(request.url).pathname;
  return response.headers.get('Pingyi-Offline') === '1' || path.indexOf('/static/') === 0 || /\/evaluator\.js$/.test(path);
}

self.addEventListener('install', function () { self.skipWaiting(); });
self.addEventListener('activate', function (event) { event.waitUntil(self.clients.claim()); });
self.addEventListener('fetch', function (event) {
  var request = event.request;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(fetch(request).then(function (response) {
    if (!mayKeep(request, response)) return response;
    var copy = response.clone();
    return caches.open(STORE).then(function (store) { return store.put(request, copy); })
      .then(function () { return response; }, function () { return response; });
  }, function (error) {
    return caches.match(request, { ignoreSearch: true, ignoreVary: true }).then(function (kept) {
      if (kept) return kept;
      throw error;
    });
  }));
});
