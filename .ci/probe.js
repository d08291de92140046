// What .ci/pages adds to a copy of a page: are its numbers those of the JSON, is it clean for axe-core,
// does it fit a telephone.
addEventListener('load', async () => {
  const wrong = [];
  const json = JSON.parse(document.getElementById('probe-json').textContent);
  const names = pointer => pointer.split('/').slice(1)
    .map(name => name.replace(/~1/g, '/').replace(/~0/g, '~'));
  const numbers = [...document.querySelectorAll('data[data-at]')];
  for (const number of numbers) {
    const value = names(number.dataset.at).reduce((inside, name) => inside?.[name], json);
    const same = typeof value === 'number' ? Number(number.value) === value
      : String(value) === number.value;
    if (!same) wrong.push(`${number.dataset.at} is ${value}, not ${number.value}`);
    if (!number.textContent.trim()) wrong.push(`${number.dataset.at} shows nothing`);
  }
  if (numbers.length < 3) wrong.push('no numbers');
  const found = await axe.run(document, { resultTypes: ['violations', 'incomplete'] });
  for (const one of found.violations) {
    wrong.push(`axe ${one.id}: ${one.nodes.slice(0, 3).map(node => node.html).join(' ')}`);
  }
  document.documentElement.style.width = '360px';
  document.body.style.padding = '0 16px';
  for (const one of document.body.querySelectorAll('*')) {
    if (one.parentElement.closest('.wide, svg, details:not([open])')) continue;
    if (one.getBoundingClientRect().right > 361 && one.getClientRects().length) {
      wrong.push(`wider than a telephone: ${one.outerHTML.slice(0, 120)}`);
    }
  }
  const told = document.createElement('pre');
  told.id = 'probe-told';
  told.textContent = [`numbers ${numbers.length}, axe passes ${found.passes.length}`, ...wrong]
    .join('\n') + '\nprobe-end';
  document.body.append(told);
});
