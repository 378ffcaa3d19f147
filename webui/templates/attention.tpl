% include('emergency_now')
% for fault in visit.attention.faults[:2]:
<div class="banner fault" role="alert">
%   icon('alert')
<div><p><strong>{{fault.name}}: {{fault.sentence}}</strong> {{fault.remedy}}</p></div>
%   if user.role == 'admin':
<a class="button plain" href="/health">{{t('nav.health')}}</a>
%   end
</div>
% end
% for call in visit.attention.ringing:
<div class="banner ringing">
<span class="beat" aria-hidden="true"></span>
<p><strong>{{t('attention.calling', who=call.who)}}</strong> {{line_named(call.line) if call.line else ''}}. {{t('attention.take')}}</p>
<a class="button plain" href="/calls/{{call.id}}">{{t('attention.see')}}</a>
</div>
% end
% if fetched:
%   for key in ('messages', 'home', 'health', 'more'):
%     mark_of(key, True)
%   end
% end
