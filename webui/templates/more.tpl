% rebase('layout', title=t('nav.more'), here='more')
% page_head(t('nav.more'), user.name)
<ul class="rows card">
% for place in navigation:
%   if not place.bottom and (not place.admin or user.role == 'admin'):
<li class="row"><a class="whole" href="{{place.path}}">
%     icon(place.key)
<span>{{t('nav.' + place.key)}}</span></a></li>
%   end
% end
</ul>
<form method="post" action="/logout">
% token_field()
<button class="plain" type="submit">{{t('layout.log_out')}}</button>
</form>
