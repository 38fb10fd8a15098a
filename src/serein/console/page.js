// Sends what a form says to the API that its page is about, and shows the reply.

function headersIn(text) {
  const headers = new Headers();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return headers;
}

function requestOf(form) {
  let path = form.dataset.path === "/$default" ? "/" : form.dataset.path;
  const query = new URLSearchParams();
  const headers = headersIn(document.getElementById("headers").value);
  for (const field of form.querySelectorAll("input")) {
    const [place, name] = field.name.split(/:(.*)/s);
    if (place === "path") {
      path = path.replace(`{${name}}`, encodeURIComponent(field.value));
      // What a greedy variable takes may have several segments.
      path = path.replace(`{${name}+}`, field.value.split("/").map(encodeURIComponent).join("/"));
    } else if (field.value && place === "query") query.append(name, field.value);
    else if (field.value) headers.set(name, field.value);
  }
  const method = form.elements.method?.value ?? form.dataset.method;
  const body = form.elements.body?.value || undefined;
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const text = query.toString();
  return [form.dataset.base + path + (text ? `?${text}` : ""), { method, headers, body }];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const shown = form.parentElement.querySelector(".reply");
  shown.hidden = false;
  shown.textContent = "…";
  try {
    const [url, options] = requestOf(form);
    const began = performance.now();
    const reply = await fetch(url, options);
    const body = await reply.text();
    const took = Math.round(performance.now() - began);
    const headers = [...reply.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    shown.textContent = `${reply.status} ${reply.statusText} (${took} ms)\n${headers}\n\n${pretty(body)}`;
  } catch (error) {
    shown.textContent = String(error);
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});
