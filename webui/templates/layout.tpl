% from webui.live import NAMES
% from webui.pages.assets import address
<!doctype html>
<html lang="{{t.language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="htmx-config" content='{"allowEval": false, "allowScriptTags": false, "includeIndicatorStyles": false, "selfRequestsOnly": true, "historyCacheSize": 0}'>
% live = user is not None
% new = visit.attention.new if live else 0
<title>{{'(%d) ' % new if new else ''}}{{title}} · Frontdesk</title>
<link rel="icon" href="{{address('icon-new.svg' if new else 'icon.svg')}}" type="image/svg+xml" data-calm="{{address('icon.svg')}}" data-new="{{address('icon-new.svg')}}">
<link rel="stylesheet" href="{{address('pico-2.1.1.min.css')}}">
<link rel="stylesheet" href="{{address('frontdesk.css')}}">
<script src="{{address('htmx-2.0.11.min.js')}}" defer></script>
<script src="{{address('frontdesk.js')}}" defer></script>
</head>
<body class="{{'inside' if live else 'outside'}}" data-now="{{int(visit.now.timestamp() * 1000)}}"\\
% if live:
 data-live="/events" data-events="{{' '.join(NAMES)}}" data-mark="{{visit.mark}}" data-say-lost="{{t('stream.lost')}}" data-say-stopped="{{t('stream.stopped')}}"\\
% end
>
<a class="skip" href="#main">{{t('layout.skip')}}</a>
% if live:
<header class="frame">
<a class="brand" href="/">
% icon('logo')
<span>Frontdesk</span></a>
<nav aria-label="{{t('layout.nav')}}">
<ul>
% for place in navigation:
%   if place.admin and user.role != 'admin':
%     continue
%   end
<li class="{{'' if place.bottom else 'desk-only'}}"><a href="{{place.path}}"\\
%   if place.key == here:
 aria-current="page"\\
%   end
>
%   icon(place.key)
<span>{{t('nav.' + place.key)}}</span>
%   if place.key in ('messages', 'home', 'health'):
%     mark_of(place.key)
%   end
</a></li>
% end
<li class="phone-only"><a href="/more"\\
% if here in ('time', 'assistant', 'users', 'settings', 'health', 'help', 'account', 'more'):
 aria-current="page"\\
% end
>
% icon('more')
<span>{{t('nav.more')}}</span>
% mark_of('more')
</a></li>
</ul>
</nav>
<form class="leave desk-only" method="post" action="/logout">
% token_field()
<p class="quiet">{{user.name}}</p>
<button class="plain" type="submit">{{t('layout.log_out')}}</button>
</form>
</header>
% end
<main id="main" tabindex="-1">
<div id="stale" class="banner warn" role="status" hidden></div>
% if live:
<div id="attention" hx-get="/attention" hx-trigger="box:emergency from:body, box:call from:body, box:message from:body, box:box from:body, box:resync from:body, every 60s" hx-swap="innerHTML">
% include('attention', fetched=False)
</div>
% end
% if live and not visit.running:
%   banner('fault', t('problem.stopped'), t('problem.stopped_remedy'))
% end
{{!base}}
% if here == 'home':
<div id="alerts" class="banner" role="region" aria-label="{{t('alerts.title')}}" hidden>
<p>{{t('alerts.ask')}}</p>
<button type="button" class="plain" data-alerts="on">{{t('alerts.yes')}}</button>
<button type="button" class="plain" data-alerts="off">{{t('alerts.no')}}</button>
</div>
% end
</main>
<div id="announce" class="unseen" aria-live="polite" role="status"></div>
</body>
</html>
