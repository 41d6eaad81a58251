// The thanks page: shows the receipt that this phone made and keeps; it is never part of an address.
// Without script the form has printed the server's own already.
(function () {
  'use strict';
  var doc = document, code = location.pathname.slice(-15, -7), byId = function (id) { return doc.getElementById(id) };
  var receipt = (outbox.get('pingyi:' + code + ':receipt') || '').split(' ')[0], say = byId('say'), shown = byId('cd');
  byId('sent').className = receipt ? '' : 'gone';
  byId('none').className = receipt ? 'gone' : '';
  if (!receipt) return;
  shown.textContent = receipt.replace(/(.{4})(?=.)/g, '$1 ');
  shown.className = 'cd';
  byId('else').className = 'gone';
  byId('mean').className = 'hint';
  byId('two').className = 'two';
  byId('cp').onclick = function () {
    var range = doc.createRange(), chosen = getSelection(), done = false;
    range.selectNodeContents(shown);
    chosen.removeAllRanges();
    chosen.addRange(range);
    try { done = doc.execCommand('copy') } catch (e) { /* not allowed here */ }
    say.textContent = say.getAttribute(done ? 'data-done' : 'data-hand');
  };
  byId('sv').onclick = function () {
    var canvas = doc.createElement('canvas'), pen = canvas.getContext('2d'), image = byId('im') || doc.createElement('img');
    var write = function (font, colour, text, y) { pen.font = font; pen.fillStyle = colour; pen.fillText(text, 40, y, 640) };
    canvas.width = 720;
    canvas.height = 440;
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, 720, 440);
    pen.fillStyle = '#1f2729';
    pen.fillRect(40, 40, 640, 8);
    write('32px sans-serif', '#1f2729', say.getAttribute('data-title'), 120);
    write('bold 60px monospace', '#1f2729', shown.textContent, 220);
    write('26px sans-serif', '#4b5558', byId('code').textContent, 290);
    write('26px sans-serif', '#4b5558', say.getAttribute('data-text'), 340);
    image.id = 'im';
    image.alt = say.getAttribute('data-title') + ' ' + shown.textContent;
    image.src = canvas.toDataURL();
    say.parentNode.insertBefore(image, say);
    say.textContent = say.getAttribute('data-save');
  };
})();
