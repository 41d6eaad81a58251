// A chosen picture is made small on the phone, so that it can be sent over a slow network. What
// cannot be drawn is sent as it is, since the server makes every picture anew; other kinds, such as
// HEIC, it would refuse after a long time on the way, so they are refused at once.
document.forms[0].addEventListener('change', function (event) {
  'use strict';
  var input = event.target, file = input.files && input.files[0], reader = new FileReader(), image = new Image();
  input.small = null;
  if (!file) return;
  function refuse() {
    if (/jpe?g|png|webp/i.test(file.type + file.name)) return;
    var question = input.parentNode;
    input.value = '';
    question.classList.add('bad');
    question.querySelector('.er').textContent = input.dataset.other;
  }
  image.onerror = refuse;
  reader.onload = function () { image.src = reader.result };
  image.onload = function () {
    var scale = Math.min(1, 1280 / Math.max(image.width, image.height)), canvas = document.createElement('canvas');
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(function (blob) { if (blob && input.files[0] === file) input.small = blob }, 'image/jpeg', .8);
  };
  reader.readAsDataURL(file);
});

// A picture goes along in a body of its own kind, which takes longer to send.
outbox.attach = function (request, pairs, picture) {
  var body = new FormData();
  pairs.concat([picture]).forEach(function (pair) { body.append(pair[0], pair[1]) });
  request.timeout = 120000;
  request.send(body);
};
