// Starts the page: the theme, then every section that it knows.

const KINDS = { curves, points, explorer, matrices, calibration, regions, inside };

theme.set(theme.dark);
const toggle = button('', () => { theme.set(!theme.dark); word(); }, { id: 'theme' });
const word = () => { toggle.textContent = theme.dark ? 'Light theme' : 'Dark theme'; };
word();
document.getElementById('tools').append(toggle);

DATA.sections.forEach((section) => {
  const root = document.getElementById(section.id);
  const draw = KINDS[section.kind];
  if (root && draw) draw(section, root);
});

// Paper is white.
let before = theme.dark;
addEventListener('beforeprint', () => { before = theme.dark; theme.set(false); });
addEventListener('afterprint', () => theme.set(before));
document.documentElement.dataset.ready = 'yes';
