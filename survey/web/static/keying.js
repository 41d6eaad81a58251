// What a script adds to the keying of paper ballots: one digit answers a question and leads to the
// next, Enter goes on, and what a number means is shown beside it. Without it the form works too.
(function () {
  'use strict';
  var form = document.getElementById('keys'), print = document.querySelector('[data-print]');
  if (print) {
    print.hidden = false;
    print.addEventListener('click', function () { window.print() });
  }
  if (!form) return;
  var fields = [].slice.call(form.querySelectorAll('.keys input, .keys textarea'));
  var button = form.querySelector('button.pri');

  function go(from, step) {
    var next = fields[fields.indexOf(from) + step];
    if (next) {
      next.focus();
      if (next.select) next.select();
    } else if (step > 0) button.focus();
  }
  function chosen(field) {
    var options = field.getAttribute('data-options').split('|'), typed = field.value.match(/\d+/g) || [];
    if (!field.hasAttribute('data-quick') && typed.length === 1 && options.length < 10) typed = typed[0].split('');
    return { options: options, typed: typed.map(Number) };
  }
  function mark(field) {
    if (!field.hasAttribute('data-options')) return;
    var found = chosen(field), said = document.getElementById('o-' + field.name.slice(2)).children, bad = false;
    found.typed.forEach(function (n) { if (n < 1 || n > found.options.length) bad = true });
    [].forEach.call(said, function (span, i) { span.classList.toggle('on', found.typed.indexOf(i + 1) >= 0) });
    field.classList.toggle('no', bad);
    return !bad && found.typed.length > 0;
  }
  form.addEventListener('input', function (event) {
    var field = event.target;
    if (mark(field) && field.hasAttribute('data-quick')) go(field, 1);
  });
  form.addEventListener('keydown', function (event) {
    var at = fields.indexOf(event.target);
    if (at < 0) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      go(event.target, 1);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      go(event.target, event.key === 'ArrowDown' ? 1 : -1);
    }
  });
  fields.forEach(mark);
  var first = form.querySelector('[aria-invalid]') || fields[0];
  if (first) first.focus();
})();
