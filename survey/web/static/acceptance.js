// An acceptance sheet in the hand: what makes it different from other sheets is what it asks for.
(function () {
  'use strict';
  var kit = window.checklists, form = document.getElementById('acceptance'), here = form.dataset;
  var faults = document.getElementById('faults'), HIDDEN = ['csrf_token', 'id', 'steps'];

  function fields() { return [].slice.call(form.elements).filter(function (f) { return f.name && f.type !== 'file' && HIDDEN.indexOf(f.name) < 0; }); }
  function answers(before) {
    var found = { steps: before.steps || [form.elements.steps.value] };
    fields().forEach(function (f) {
      if ((f.type !== 'checkbox' && f.type !== 'radio' || f.checked) && f.value.trim()) found[f.name] = [f.value.trim()];
    });
    return found;
  }
  function restore(kept) {
    fields().forEach(function (f) {
      var value = (kept[f.name] || [])[0];
      if (f.type === 'checkbox' || f.type === 'radio') f.checked = f.value === value;
      else if (value !== undefined) f.value = value;
    });
  }
  function place(item) { return form.querySelector('[data-photo="' + item + '"]'); }
  function name(item) { return place(item).parentNode.querySelector('label').textContent; }
  function complain(text) {
    faults.classList.toggle('gone', !text);
    faults.querySelector('b').textContent = text;
    if (text) faults.focus();
  }
  function missing() {
    var result = form.querySelector('[name=result]:checked'), score = form.elements.score.value.trim();
    if (!result) return kit.say('choose');
    if (result.value === 'fail') return form.elements.note.value.trim() ? '' : kit.say('reason');
    if (!/^\d{1,3}$/.test(score) || +score > 100) return kit.say('score');
    return form.elements.is_solved.checked && +score >= +here.least ? '' : kit.say('low', here.least);
  }
  function wrong() {
    var text = missing();
    complain(text);
    return !!text;
  }
  function refused(result) {
    complain(result.message);
    return 'refused';
  }
  // What is sent was decided on the item as this page shows it.
  function decided(kept) { kept.steps = [form.elements.steps.value]; }

  kit.sheet(form, {
    kind: 'acceptance', key: here.account + ':acceptance:' + here.task, done: 'moved', answers: answers, restore: restore,
    place: place, name: name, wrong: wrong, refused: refused, complain: complain, decided: decided
  });
})();
