// Looks a receipt up on the phone itself: the published list comes in parts that many receipts share,
// so nobody learns which one was asked for. Without script the server looks it up.
(function () {
  'use strict';
  var doc = document, form = doc.forms[0], code = form.elements.code, receipt = form.elements.receipt;
  var answer = doc.getElementById('ans'), texts = answer.dataset, busy = false;
  function written(text) {
    return text.normalize('NFKC').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1').replace(/[\s-]/g, '');
  }
  function ask(method, address, body, then) {
    var request = new XMLHttpRequest();
    request.onloadend = function () { then(request.status, request.responseText) };
    request.open(method, address);
    request.timeout = 30000;
    request.setRequestHeader('Accept', 'application/json');
    if (body) request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    request.send(body);
  }
  function say(name, place) {
    busy = false;
    answer.className = 'ans';
    answer.innerHTML = '<b></b><span></span><div></div>';
    answer.firstChild.textContent = texts[name];
    answer.children[1].textContent = (texts[name + 'Text'] || '').replace('%r', receipt.value).replace('%d', place ? place.closing : '').replace('%l', place ? place.lost : '');
    // Made by our own server, which escapes what stands in it.
    if (place && name === 'counted') {
      answer.lastChild.innerHTML = place.items;
      // Only a vote shows the receipt to the server, and only the one that is cast.
      var votes = answer.querySelectorAll('input[name=receipt]');
      for (var i = 0; i < votes.length; i++) votes[i].value = written(receipt.value);
    }
    answer.focus();
  }
  function look(place) {
    var hash = outbox.sums.hash(['rcpt', place.round, written(code.value), written(receipt.value)].join('|'));
    ask('GET', '/board/' + encodeURIComponent(place.round) + '/index.json', null, function (status, text) {
      var index;
      if (status === 404) return say(place.is_given_up ? 'givenUp' : place.lost ? 'lost' : 'closed', place);
      try { index = JSON.parse(text) } catch (e) { return say('again') }
      ask('GET', '/board/' + encodeURIComponent(place.round) + '/' + (hash.slice(0, index.prefix) || 'all') + '.txt', null, function (status, list) {
        if (status !== 200) return say('again');
        say(list.split('\n').indexOf(hash) >= 0 ? 'counted' : place.lost ? 'lost' : index.is_complete ? 'missing' : 'closed', place);
      });
    });
  }
  form.addEventListener('submit', function (event) {
    if (!/^[0-9A-Z]{8}$/.test(written(code.value)) || !/^[0-9A-Z]{12}$/.test(written(receipt.value))) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    ask('POST', form.getAttribute('action'), 'code=' + encodeURIComponent(code.value), function (status, text) {
      var place = null;
      try { place = JSON.parse(text) } catch (e) { /* a portal, or nothing at all */ }
      if (status === 404 && place) return say('unknown');
      if (!place || !place.round) return say('again');
      look(place);
    });
  });
  var kept = Object.keys(localStorageOf()).filter(function (name) { return /^pingyi:\w{8}:receipt$/.test(name) });
  function localStorageOf() { try { return localStorage } catch (e) { return {} } }
  if (kept.length === 1 && !code.value && !receipt.value) {
    code.value = kept[0].slice(7, 15);
    receipt.value = outbox.get(kept[0]).split(' ')[0].replace(/(.{4})(?=.)/g, '$1 ');
  }
})();
