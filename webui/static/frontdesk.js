// The page's own script: what is live, the players, a few keys. Without it everything else works all the same.
// No eval, nothing inline: the page's policy allows only files of the box itself.
"use strict";

(() => {
  const body = document.body;

  // What is live -------------------------------------------------------------------------------------------------------

  const SILENCE_MS = 4500; // the stream pulses every 2 s; after this the page says that it is not live
  const banner = document.getElementById("stale");
  let lastPulse = Date.now();
  let running = true;

  function showState() {
    const lost = Date.now() - lastPulse > SILENCE_MS;
    const words = lost ? body.dataset.sayLost : running ? "" : body.dataset.sayStopped;
    if (banner.textContent !== words) banner.textContent = words;
    banner.hidden = !words;
    body.classList.toggle("stale", Boolean(words));
    if (lost) takeOver(); // the tab that holds the stream may be asleep
  }

  function tell(name) {
    body.dispatchEvent(new CustomEvent("box:" + name));
  }

  // All tabs of a browser share one stream, for it has only six connections to the box: the tab that was looked at last
  // holds it, under a lock that the others wait for, and hands on what it hears.
  const SHARED = "frontdesk live";
  const NAMES = (body.dataset.events || "").split(" ");
  const tabs = new BroadcastChannel(SHARED);
  let holding = null;
  let waiting = null;
  let mark = body.dataset.mark; // how far this page knows what happened

  function hear(name, data) {
    if (name === "signed_out") {
      location.assign(`/login?why=ended&next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    lastPulse = Date.now();
    const missed = name === "pulse" && data.mark !== mark; // before the stream began, or while nobody held it
    mark = data.mark;
    if ("running" in data) running = data.running;
    if (data.say) say(name, data.say);
    showState();
    tell(missed ? "resync" : name);
  }

  function open(mine) {
    mine.stream = new EventSource(body.dataset.live);
    for (const name of NAMES) {
      mine.stream.addEventListener(name, (event) => {
        const data = JSON.parse(event.data);
        tabs.postMessage({ name, data });
        hear(name, data);
      });
    }
    mine.stream.addEventListener("error", () => {
      if (mine.stream.readyState === EventSource.CLOSED) mine.again = setTimeout(open, 5000, mine); // all places taken
    });
  }

  function close(mine) {
    clearTimeout(mine.again);
    mine.stream?.close();
  }

  // Resolves once another tab has taken the stream from this one, which then waits for it.
  async function share(take) {
    waiting?.abort();
    const mine = {};
    const patience = new AbortController();
    waiting = take ? null : patience;
    const hold = () => new Promise(() => {
      holding = mine;
      open(mine);
    });
    await navigator.locks.request(SHARED, take ? { steal: true } : { signal: patience.signal }, hold).catch(() => {});
    close(mine);
    if (holding !== mine) return;
    holding = null;
    share(false);
  }

  function takeOver() {
    if (!document.hidden && !holding) share(true);
  }

  if (body.dataset.live) {
    tabs.addEventListener("message", (event) => hear(event.data.name, event.data.data));
    document.addEventListener("visibilitychange", takeOver);
    // Once htmx is ready for what is told
    document.addEventListener("DOMContentLoaded", () => share(!document.hidden));
    setInterval(showState, 500);
  }

  // News: spoken to who listens to the page, and for whom looks elsewhere a notification with a sound, asked for once

  const ask = document.getElementById("alerts");
  const kept = document.querySelector("[data-alerts-kept]");
  const alerts = () => "Notification" in window && Notification.permission === "granted" && localStorage.getItem("alerts") === "on";

  async function setAlerts(wanted) {
    const granted = wanted && (await Notification.requestPermission()) === "granted";
    localStorage.setItem("alerts", granted ? "on" : "off");
    if (ask) ask.hidden = true;
    if (kept) kept.checked = granted;
  }

  function say(name, words) {
    document.getElementById("announce").textContent = words;
    if (!holding || !alerts()) return; // one tab of them all
    beep();
    if (document.hidden) new Notification("Frontdesk", { body: words, tag: name, icon: icon.dataset.new });
  }

  function beep() {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    const level = sound.createGain();
    tone.frequency.value = 660;
    level.gain.setValueAtTime(0.2, sound.currentTime);
    level.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.4);
    tone.connect(level).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.4);
    tone.addEventListener("ended", () => sound.close());
  }

  if (ask && "Notification" in window) {
    ask.hidden = localStorage.getItem("alerts") !== null || Notification.permission === "denied";
    for (const button of ask.querySelectorAll("[data-alerts]")) {
      button.addEventListener("click", () => setAlerts(button.dataset.alerts === "on"));
    }
  }
  if (kept && "Notification" in window) {
    kept.closest("label").hidden = false;
    kept.checked = alerts();
    kept.addEventListener("change", () => setAlerts(kept.checked));
  }

  // How much is new, in the tab's title and icon as in the menu
  const icon = document.querySelector("link[rel=icon]");
  const title = document.title.replace(/^\(\d+\) /, "");
  body.addEventListener("htmx:oobAfterSwap", () => {
    const news = Number(document.getElementById("mark-messages").dataset.count);
    document.title = (news ? `(${news}) ` : "") + title;
    icon.href = news ? icon.dataset.new : icon.dataset.calm;
  });

  // Lengths that grow: counted from the box's clock, not this computer's
  const ahead = Date.now() - Number(body.dataset.now);
  setInterval(() => {
    for (const element of document.querySelectorAll("[data-since]")) {
      if (body.classList.contains("stale")) return;
      element.textContent = clock((Date.now() - ahead - Number(element.dataset.since)) / 1000);
    }
  }, 1000);

  function clock(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  // Players ------------------------------------------------------------------------------------------------------------

  const SPEEDS = [1, 1.5, 2];

  function setUp(player) {
    if (player.dataset.ready) return;
    player.dataset.ready = "yes";
    const audio = player.querySelector("audio");
    const play = player.querySelector("[data-play]");
    const seek = player.querySelector("[data-seek-bar]");
    const at = player.querySelector("[data-at]");
    const speed = player.querySelector("[data-speed]");
    const track = player.querySelector(".track");
    const wave = player.querySelector(".wave");
    if (wave) {
      const played = wave.cloneNode(true);
      played.classList.add("played");
      wave.after(played);
    }
    audio.removeAttribute("controls");
    player.classList.add("own");
    const atSpeed = (rate) => {
      audio.defaultPlaybackRate = rate;
      audio.playbackRate = rate;
      speed.lastElementChild.textContent = `${rate}×`;
    };
    atSpeed(SPEEDS.find((rate) => String(rate) === localStorage.getItem("speed")) ?? 1);
    player.querySelector(".player-own").hidden = false;
    const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(seek.max) / 10);

    function show() {
      const now = audio.currentTime;
      at.textContent = clock(now);
      seek.value = String(Math.round(now * 10));
      seek.setAttribute("aria-valuetext", `${clock(now)} / ${clock(length())}`);
      track.style.setProperty("--played", `${(now / Math.max(0.1, length())) * 100}%`);
    }

    play.addEventListener("click", () => toggle(audio));
    seek.addEventListener("input", () => {
      audio.currentTime = Number(seek.value) / 10;
      show();
    });
    speed.addEventListener("click", () => {
      atSpeed(SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length]);
      localStorage.setItem("speed", String(audio.playbackRate));
    });
    for (const button of player.querySelectorAll("[data-skip]")) {
      button.addEventListener("click", () => skip(audio, Number(button.dataset.skip)));
    }
    audio.addEventListener("timeupdate", show);
    follow(player, audio, play);
  }

  // A button that plays, in a row of a list
  function setUpHere(here) {
    if (here.dataset.ready) return;
    here.dataset.ready = "yes";
    const audio = here.querySelector("audio");
    const play = here.querySelector("[data-play]");
    audio.removeAttribute("controls");
    audio.hidden = true;
    play.hidden = false;
    play.addEventListener("click", () => toggle(audio));
    follow(here, audio, play);
  }

  // What a button says and shows while its recording plays; only one plays at a time.
  function follow(player, audio, play) {
    audio.addEventListener("play", () => {
      for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
      player.classList.add("playing");
      play.setAttribute("aria-label", play.dataset.sayPause);
      heard(player);
    });
    for (const name of ["pause", "ended"]) {
      audio.addEventListener(name, () => {
        player.classList.remove("playing");
        play.setAttribute("aria-label", play.dataset.sayPlay);
        releaseHeld();
      });
    }
  }

  function skip(audio, seconds) {
    if (audio.readyState > 0) audio.currentTime = Math.max(0, audio.currentTime + seconds);
    else {
      audio.addEventListener("loadedmetadata", () => skip(audio, seconds), { once: true });
      audio.load();
    }
  }

  // Paused before it has begun is what was wanted, and no error.
  function begin(audio) {
    audio.play().catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  }

  function toggle(audio) {
    if (audio.paused) begin(audio);
    else audio.pause();
  }

  // A message that is played counts as heard, here and on the telephone. The row stays as it is until it is left.
  function heard(player) {
    if (!player.dataset.heard) return;
    const form = new URLSearchParams({ form_token: player.dataset.token, state: "heard", back: "/help" });
    fetch(player.dataset.heard, { method: "POST", body: form, redirect: "manual" });
    delete player.dataset.heard;
    const row = player.closest(".message");
    if (row) row.querySelectorAll(".fresh").forEach((dot) => dot.remove());
  }

  // A click on the recording in a call's timeline plays from there
  document.addEventListener("click", (event) => {
    const hit = event.target instanceof Element ? event.target.closest("[data-seek]") : null;
    const audio = document.querySelector("audio");
    if (!hit || !audio) return;
    const box = hit.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width;
    const length = Number(document.querySelector("[data-seek-bar]").max) / 10;
    const start = () => {
      audio.currentTime = part * length;
      begin(audio);
    };
    if (audio.readyState > 0) start();
    else {
      audio.addEventListener("loadedmetadata", start, { once: true });
      audio.load();
    }
  });

  // What is live does not swap a part of the page away while something in it plays, waits half heard, or is being
  // filled in; it is fetched afterwards. What a person presses does.
  const held = new Set();
  const halfHeard = (audio) => !audio.paused || (audio.currentTime > 0 && !audio.ended);
  const inUse = (part) =>
    [...part.querySelectorAll("audio")].some(halfHeard) ||
    part.querySelector("details:is(.menu, .edit)[open], input:focus, textarea:focus, select:focus") !== null;

  // What somebody has unfolded, listens to or has selected stays so when the list is drawn anew.
  const unfolded = new Set();
  const picked = new Set();

  function remember(part) {
    for (const fold of part.querySelectorAll("details.fold")) {
      const touched = fold.querySelector("audio")?.played.length || !fold.closest(".message").classList.contains("new");
      unfolded[fold.open && touched ? "add" : "delete"](fold.id);
    }
    for (const box of part.querySelectorAll(".pick input")) picked[box.checked ? "add" : "delete"](box.value);
  }

  function recall(part) {
    for (const fold of part.querySelectorAll("details.fold")) if (unfolded.has(fold.id)) fold.open = true;
    for (const box of part.querySelectorAll(".pick input")) if (picked.has(box.value)) box.checked = true;
  }

  body.addEventListener("htmx:afterSettle", () => recall(document));

  body.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    remember(part);
    const live = event.detail.requestConfig.verb === "get";
    if (live && part.hasAttribute("data-hold-while-used") && inUse(part)) {
      event.detail.shouldSwap = false;
      held.add(part);
    }
  });

  function releaseHeld() {
    if (!held.size) return;
    held.clear();
    tell("resync");
  }

  document.addEventListener("toggle", releaseHeld, true);
  document.addEventListener("focusout", () => setTimeout(releaseHeld)); // after the next element has the focus

  // Toasts go after ten seconds; until then the undo in them works
  function setUpToast(toast) {
    if (toast.dataset.ready) return;
    toast.dataset.ready = "yes";
    setTimeout(() => toast.remove(), Number(toast.dataset.hideAfter) * 1000);
  }

  function setUpAll(root) {
    root.querySelectorAll("[data-player]").forEach(setUp);
    root.querySelectorAll("[data-play-here]").forEach(setUpHere);
    document.querySelectorAll("[data-hide-after]").forEach(setUpToast);
  }

  setUpAll(document);
  body.addEventListener("htmx:load", (event) => setUpAll(event.detail.elt.parentElement || document));

  // The log is copied as it stands
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
      button.textContent = button.dataset.sayCopied;
    });
  }

  // Menus close when something else is pressed
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // Keys on Messages: j next, k previous, space plays. They can be turned off (WCAG 2.1.4); the browser remembers.
  const keys = document.querySelector("[data-keys]");
  if (keys) {
    keys.checked = localStorage.getItem("keys") !== "off";
    keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
  }

  document.addEventListener("keydown", (event) => {
    const rows = [...document.querySelectorAll("#message-list .message")];
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, button, summary, a");
    if (!keys || !keys.checked || !rows.length || event.ctrlKey || event.altKey || event.metaKey) return;
    const here = rows.indexOf(document.activeElement?.closest(".message"));
    if ((event.key === "j" || event.key === "k") && !event.target.closest("input:not([type=range]), textarea, select")) {
      const next = event.key === "j" ? Math.min(here + 1, rows.length - 1) : Math.max(here - 1, 0);
      rows[next].focus();
      rows[next].scrollIntoView({ block: "nearest" });
      event.preventDefault();
    } else if (event.key === " " && !typing && here >= 0) {
      rows[here].querySelector("details.fold").open = true;
      toggle(rows[here].querySelector("audio"));
      event.preventDefault();
    }
  });
})();
