// One form a question: a fieldset of radio buttons, a button, and a live region for feedback.
// Arrow keys move between choices and Enter checks, as the browser does for every form.

// How long the kernel may take to note an answer before the learner is told that it did not.
const PATIENCE_MS = 3000;

function element(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function showFeedback(why, option) {
  why.className = `medkit-why ${option.right ? "right" : "wrong"}`;
  const symbol = element("span", {
    className: "medkit-symbol",
    textContent: option.right ? "✓ " : "✗ ",
  });
  symbol.setAttribute("aria-hidden", "true");
  // The texts were escaped and marked up by medkit.course.markup.
  const text = element("span", { innerHTML: " " + option.why });
  const word = element("strong", { textContent: option.right ? "Right." : "Not quite." });
  why.replaceChildren(symbol, word, text);
}

function questionForm(model, question, number, total, group, onCheck) {
  const legend = element("legend", { innerHTML: `${number} of ${total}. ${question.text}` });
  const radios = question.options.map((_, index) =>
    element("input", { type: "radio", name: `${group}-${number}`, value: String(index) }),
  );
  const labels = question.options.map((option, index) =>
    element("label", {}, [radios[index], element("span", { innerHTML: option.text })]),
  );
  const why = element("div", { className: "medkit-why" });
  why.setAttribute("role", "status");
  const button = element("button", { type: "submit", textContent: "Check answer" });
  button.setAttribute("aria-label", `Check answer to question ${number}`);
  const form = element("form", {}, [element("fieldset", {}, [legend, ...labels]), button, why]);

  const before = model.get("chosen")[number];
  if (before !== undefined && radios[before]) {
    radios[before].checked = true;
    showFeedback(why, question.options[before]);
  }
  // A new choice clears what was said about the old one.
  form.addEventListener("change", () => {
    why.className = "medkit-why";
    why.replaceChildren();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const index = radios.findIndex((radio) => radio.checked);
    if (index < 0) {
      why.className = "medkit-why";
      why.replaceChildren(element("span", { textContent: "Choose one of the answers first." }));
      return;
    }
    showFeedback(why, question.options[index]);
    model.set("chosen", { ...model.get("chosen"), [number]: index });
    onCheck();
    model.save_changes();
  });
  return form;
}

const UNSAVED =
  "Not saved: the kernel is busy or was restarted. After a restart run this cell again, " +
  "then answer again.";

function render({ model, el }) {
  const questions = model.get("questions");
  // Two views of one quiz must not share their radio groups.
  const group = `medkit-quiz-${Math.random().toString(36).slice(2)}`;
  const sum = element("p", { className: "medkit-sum" });
  sum.setAttribute("role", "status");
  const unsaved = element("p", { className: "medkit-unsaved" });
  unsaved.setAttribute("role", "alert");
  let timer;
  const count = () => {
    const chosen = Object.entries(model.get("chosen"));
    const right = chosen.filter(([n, i]) => questions[n - 1]?.options[i]?.right).length;
    sum.textContent = chosen.length
      ? `${right} of ${questions.length} right, ${chosen.length} answered.`
      : `${questions.length} questions. Choose an answer, then check it.`;
    unsaved.textContent = "";
    clearTimeout(timer);
    if (isSaved()) return;
    timer = setTimeout(() => {
      if (!isSaved()) unsaved.textContent = UNSAVED;
    }, PATIENCE_MS);
  };
  const isSaved = () => {
    const noted = model.get("noted");
    return Object.entries(model.get("chosen")).every(([n, i]) => noted[n] === i);
  };
  // The kernel answers late if it is busy, and never if it was restarted.
  const onNoted = () => {
    if (isSaved()) unsaved.textContent = "";
  };
  model.on("change:noted", onNoted);
  const forms = questions.map((question, index) =>
    questionForm(model, question, index + 1, questions.length, group, count),
  );
  const title = element("h3", { textContent: model.get("title") });
  const root = element("section", { className: "medkit-quiz" }, [title, sum, unsaved, ...forms]);
  root.setAttribute("aria-label", model.get("title"));
  // JupyterLab's own shortcuts (arrows, Enter) must not act on the notebook meanwhile.
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  root.addEventListener("keydown", (event) => event.stopPropagation());
  count();
  el.append(root);
  return () => {
    clearTimeout(timer);
    model.off("change:noted", onNoted);
  };
}

export default { render };
