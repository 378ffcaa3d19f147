% kinds = {'ok': 'good', 'warn': 'warn', 'fault': 'fault'}
<p class="verdict {{kinds[worst]}}">{{t('health.' + worst)}}</p>
<div class="two">
% with card(t('health.checks'), 'checks'):
<ul class="rows">
%   for check in checks:
<li class="row check {{kinds[check.state]}}">
<span class="dot" aria-hidden="true"></span>
<div><strong>{{check.name}}</strong> <span class="unseen">{{t('state.' + check.state)}}</span>
<p>{{check.sentence}}</p>
%     if check.remedy:
<p class="remedy">{{check.remedy}}</p>
%     end
%     if check.detail and check.state != 'ok':
%       with folded(t('health.detail')):
<p class="mono" lang="en">{{check.detail}}</p>
%       end
%     end
</div></li>
%   end
</ul>
% end
<div>
% with card(t('home.lines'), 'lines'):
<div class="lamps column">
%   for port in live.ports:
%     port_lamp(port, live.in_service)
%   end
%   if not live.ports:
<p class="calm">{{t('home.lines_unknown')}}</p>
%   end
</div>
% end
% with card(t('health.link'), 'link'):
%   if not link:
<p class="calm">{{t('health.link_unknown')}}</p>
%   end
%   with folded(t('health.figures')):
<dl class="facts">
%   for name, value in link:
<div><dt>{{t.either('link.' + name, plain(name.replace('_', ' ')))}}</dt><dd>{{t('form.yes') if value is True else t('form.no') if value is False else '–' if value is None else size(value) if isinstance(value, int) else decimal(value) if isinstance(value, float) else plain(str(value))}}</dd></div>
%   end
</dl>
%   end
% end
% with card(t('health.version'), 'version'):
<p>{{plain(str(version)) if version else t('health.version_unknown')}}</p>
% end
</div>
</div>
