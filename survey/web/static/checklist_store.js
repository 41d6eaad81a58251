// Checklists on this phone: kept in its own database until the server has said that it has them,
// and sent as often as it takes. What the phone calls a checklist makes a second sending harmless.
window.checklists = (function () {
  'use strict';
  var NAME = 'pingyi-checklists', opening = null;
  var WORDS = document.getElementById('words').dataset;

  function open() {
    if (!opening) {
      opening = new Promise(function (done, failed) {
        var asked = indexedDB.open(NAME, 1);
        asked.onupgradeneeded = function () {
          asked.result.createObjectStore('drafts', { keyPath: 'key' });
          asked.result.createObjectStore('photos', { keyPath: 'key' }).createIndex('draft', 'draft');
        };
        asked.onsuccess = function () { done(asked.result); };
        asked.onerror = function () { failed(asked.error); };
      });
    }
    return opening;
  }
  function within(stores, mode, work) {
    return open().then(function (base) {
      return new Promise(function (done, failed) {
        var act = base.transaction(stores, mode), result;
        act.oncomplete = function () { done(result && 'result' in result ? result.result : result); };
        act.onerror = act.onabort = function () { failed(act.error); };
        result = work(act);
      });
    });
  }

  // --- reading and writing
  function draft(key) { return within(['drafts'], 'readonly', function (act) { return act.objectStore('drafts').get(key); }); }
  function drafts() { return within(['drafts'], 'readonly', function (act) { return act.objectStore('drafts').getAll(); }); }
  function save(value) { return within(['drafts'], 'readwrite', function (act) { act.objectStore('drafts').put(value); }); }
  function photos(key) {
    return within(['photos'], 'readonly', function (act) { return act.objectStore('photos').index('draft').getAll(key); });
  }
  function savePhoto(value) { return within(['photos'], 'readwrite', function (act) { act.objectStore('photos').put(value); }); }
  function removePhoto(key) { return within(['photos'], 'readwrite', function (act) { act.objectStore('photos').delete(key); }); }
  function remove(key) {
    return within(['drafts', 'photos'], 'readwrite', function (act) {
      act.objectStore('drafts').delete(key);
      act.objectStore('photos').index('draft').openKeyCursor(IDBKeyRange.only(key)).onsuccess = function (event) {
        var cursor = event.target.result;
        if (cursor) {
          act.objectStore('photos').delete(cursor.primaryKey);
          cursor.continue();
        }
      };
    });
  }

  // --- sending: 'stored', 'sign-in', 'other', 'refused' or 'later', with what belongs to it
  function request(url, options) {
    var stop = new AbortController(), limit = setTimeout(function () { stop.abort(); }, 60000);
    options.redirect = 'manual';
    options.signal = stop.signal;
    options.headers = { Accept: 'application/json' };
    return fetch(url, options).then(function (response) {
      clearTimeout(limit);
      // A redirection leads to the sign-in form; anything that is not JSON is not our server.
      if (response.type === 'opaqueredirect') throw { state: 'sign-in' };
      return response.json().then(function (body) { return { status: response.status, body: body }; });
    }, function (error) {
      clearTimeout(limit);
      throw error;
    });
  }
  function post(url, token, fields) {
    var body = new FormData();
    body.append('csrf_token', token);
    fields.forEach(function (field) { body.append.apply(body, field); });
    return request(url, { method: 'POST', body: body });
  }
  function judge(answer) {
    if (answer.status >= 500 || answer.status === 429) throw { state: 'later' };
    if (answer.status >= 400) throw { state: 'refused', message: answer.body.message, faults: answer.body.faults || {}, code: answer.body.code };
    return answer.body;
  }
  function sendPhotos(kept, token, waiting) {
    return waiting.reduce(function (before, photo) {
      return before.then(function () {
        if (photo.digest) return null;
        return post(kept.photosUrl, token, [['item', photo.item], ['file', new Blob([photo.bytes], { type: 'image/jpeg' }), 'photo.jpg']])
          .then(judge)
          .then(function (body) {
            photo.digest = body.digest;
            return savePhoto(photo);
          });
      });
    }, Promise.resolve());
  }
  function attempt(kept) {
    var token;
    return request(kept.sessionUrl, { method: 'GET' }).then(judge).then(function (session) {
      if (session.account !== kept.account) throw { state: 'other' };
      token = session.token;
      return photos(kept.key);
    }).then(function (waiting) {
      return sendPhotos(kept, token, waiting).then(function () {
        var fields = [['id', kept.id]];
        Object.keys(kept.answers).forEach(function (code) {
          kept.answers[code].forEach(function (value) { fields.push([code, value]); });
        });
        waiting.forEach(function (photo) { fields.push([photo.item, photo.digest]); });
        return post(kept.url, token, fields).then(judge);
      });
    }).then(function (body) {
      return remove(kept.key).then(function () { return { state: 'stored', href: body.href }; });
    }).catch(function (why) { return why && why.state ? why : { state: 'later' }; });
  }
  function send(kept) {
    // Two pages of one phone take turns; the second finds that there is nothing left to send.
    if (navigator.locks) {
      return navigator.locks.request(NAME, function () {
        return draft(kept.key).then(function (still) { return still ? attempt(still) : { state: 'stored', href: '' }; });
      });
    }
    return attempt(kept);
  }
  function say(text, count) { return (WORDS[text] || '').replace('%', count === undefined ? '' : count); }
  return { draft: draft, drafts: drafts, save: save, photos: photos, savePhoto: savePhoto, removePhoto: removePhoto, remove: remove, send: send, say: say };
})();

// The worker opens these pages without signal. Where it cannot run, a page kept open still works.
// On the first visit it takes over too late to see what is fetched, so the page puts it by itself.
window.checklists.prepare = function (address) {
  'use strict';
  if (!('serviceWorker' in navigator) || !window.caches) return Promise.resolve(false);
  return navigator.serviceWorker.register(address).then(function () { return navigator.serviceWorker.ready; })
    .then(function () { return true; }, function () { return false; });
};
window.checklists.putBy = function (pages, files) {
  'use strict';
  return caches.open('pingyi-checklists-1').then(function (store) {
    return Promise.all(pages.concat(files).map(function (url) {
      return fetch(url, { credentials: 'same-origin' }).then(function (response) {
        var isPage = pages.indexOf(url) >= 0;
        if (!response.ok || response.redirected || isPage && response.headers.get('Pingyi-Offline') !== '1') throw new Error('not ours');
        return store.put(url, response);
      });
    }));
  });
};
