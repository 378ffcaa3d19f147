<section class="lamps" aria-label="{{t('home.lines')}}">
% for port in live.ports:
%   port_lamp(port, live.in_service)
% end
% if not live.ports:
%   lamp('off', t('home.lines'), t('home.lines_unknown'))
% end
</section>
% if live.running and not live.in_service:
%   banner('fault', t('home.link_lost'), t('home.link_remedy'))
% end
% for call in live.calls:
%   if call.waiting:
%     banner('warn', t('home.waiting', who=call.waiting), t('home.waiting_on', line=line_named(call.line)))
%   end
% end
% with card(t('home.now'), 'now', badge=len(live.calls) or None):
%   if not live.calls:
%     if live.running:
<p class="calm">{{t('home.quiet')}}</p>
%     else:
<p class="calm">{{t('home.unknown')}}</p>
%     end
%   else:
<ul class="rows">
%     for call in live.calls:
<li class="row live {{'emergency' if call.emergency else ''}}">
<span class="beat" aria-hidden="true"></span>
<div>
<strong><a href="/calls/{{call.id}}">{{call.who}}</a></strong>
%     emergency_pill(call)
<p class="meta">{{t.either('direction.' + call.direction, call.direction)}}{{' · ' + line_named(call.line) if call.line else ''}}{{' · ' + handset(call.port) if call.port else ''}} · {{t.either('stage.' + call.stage, plain(call.stage, 40))}}</p>
</div>
<span class="since" data-since="{{call.started_ms}}">{{clock_length(max(0, visit.now.timestamp() - call.started_ms / 1000))}}</span>
</li>
%     end
</ul>
%   end
% end
