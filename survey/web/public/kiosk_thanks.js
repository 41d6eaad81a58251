// Thanks on a shared tablet: the receipt for as long as it takes to copy it, then room for the next.
(function () {
  'use strict';
  var byId = function (id) { return document.getElementById(id) }, link = byId('kn'), code = link.getAttribute('data-code');
  var asked = decodeURIComponent((/[?&]to=([^&]*)/.exec(location.search) || ['', ''])[1]), SHOWN = 20000;
  var home = asked === link.getAttribute('href') + '/assist' ? asked : link.getAttribute('href');
  var receipt = (outbox.get('pingyi:' + code + ':receipt') || '').split(' ')[0];
  link.href = home;
  if (receipt) {
    byId('cd').textContent = receipt.replace(/(.{4})(?=.)/g, '$1 ');
    byId('kr').className = 'rc';
  }
  outbox.put('pingyi:' + code + ':receipt', null);
  function go() {
    var request = new XMLHttpRequest();
    request.onloadend = function () {
      if (request.status === 200) location.replace(home);
      else setTimeout(go, 5000);
    };
    request.open('GET', home);
    request.timeout = 10000;
    request.send();
  }
  link.onclick = function (event) {
    event.preventDefault();
    go();
  };
  setTimeout(go, SHOWN);
  addEventListener('pageshow', function (event) { if (event.persisted) location.replace(home) });
})();
