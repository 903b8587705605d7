// The documentation page. A login entered under Authorize is kept in this browser for 240 minutes from when it was
// entered, over reloads and restarts, and then forgotten. Swagger UI's own persistAuthorization would never forget it.
(function () {
  "use strict";

  const KEY = "simstead.doc.login";
  const KEEP = 240 * 60 * 1000; // milliseconds
  const SCHEME = "bearer"; // the security scheme of the document

  let timer = 0;
  let restoring = false;

  function forget() {
    clearTimeout(timer);
    localStorage.removeItem(KEY);
  }

  function remember(token) {
    localStorage.setItem(KEY, JSON.stringify({ token: token, entered: Date.now() }));
    forgetAfter(KEEP);
  }

  // recall returns what is kept, or null when nothing is, it is too old, or the clock has been set back behind it.
  function recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      const age = Date.now() - kept.entered;
      if (typeof kept.token === "string" && age >= 0 && age < KEEP) {
        return { token: kept.token, left: KEEP - age };
      }
    } catch (e) {
      // nothing is kept, or not by this page
    }
    forget();
    return null;
  }

  function forgetAfter(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(logout, milliseconds);
  }

  function logout() {
    forget();
    ui.authActions.logout([SCHEME]);
  }

  function restore() {
    const kept = recall();
    if (!kept) {
      return;
    }
    restoring = true;
    ui.preauthorizeApiKey(SCHEME, kept.token);
    restoring = false;
    forgetAfter(kept.left);
  }

  // A sleeping computer stops timers: look again whenever the page is shown.
  function lookAgain() {
    if (!document.hidden && localStorage.getItem(KEY) && !recall()) {
      logout();
    }
  }

  const keeper = {
    statePlugins: {
      auth: {
        wrapActions: {
          authorize: function (original) {
            return function (payload) {
              const login = payload[SCHEME];
              if (!restoring && login && typeof login.value === "string") {
                remember(login.value.trim());
              }
              return original(payload);
            };
          },
          logout: function (original) {
            return function (payload) {
              forget();
              return original(payload);
            };
          },
        },
      },
    },
  };

  const ui = SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#doc",
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [function () { return keeper; }],
    validatorUrl: null,
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    persistAuthorization: false,
    onComplete: restore,
  });

  document.addEventListener("visibilitychange", lookAgain);
})();
